import pg from 'pg';
import type { SortedRow } from './merge-rows';
import { pgResults } from './statement-results';
import { qualified } from '../server/relation-name';
import type { Leaf } from './table-shape';

/** Totals of a range of blocks, or of one bucket in it. */
export interface RangeRow {
  readonly rows: string;
  readonly sum?: string;
  readonly bucket?: number;
  /** Of the leaf, in a row of its own. */
  readonly file?: string | null;
}

/** A table was emptied, rewritten or dropped while it was read: what was read of it before is worth nothing. */
export class TableChangedError extends Error {
  override readonly name = 'TableChangedError';
}

/** Settings under which both databases write values in the same way. */
export const READING_SETTINGS = `
  SET search_path = ''; SET row_security = off; SET client_encoding = 'UTF8'; SET datestyle = 'ISO, MDY';
  SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
  SET lc_monetary = 'C'; SET xmlbinary = 'base64'; SET jit = off; SET lock_timeout = '10s'`;

/** About 128 MB: a second or two. */
const BLOCKS_AT_ONCE = 16_384;
const FETCHED_AT_ONCE = 5_000;
/** The first version that finds a range of blocks without reading those before it. */
const RANGES_FROM = 140_000;

/**
 * One table of one database at one moment: all statements see the same snapshot. The table is locked, against being dropped or
 * rewritten, only while a statement runs: what is locked after a savepoint is given back with it.
 */
export class TableReading {
  /** The file of each leaf when it was first read. Ranges of blocks mean nothing in another one. */
  private readonly files = new Map<Leaf, string>();

  private constructor(
    private readonly client: pg.Client,
    private readonly leaves: readonly Leaf[],
    private readonly serverVersionNum: number,
  ) {}

  static async begin(client: pg.Client, leaves: readonly Leaf[], serverVersionNum: number): Promise<TableReading> {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1');
    return new TableReading(client, leaves, serverVersionNum);
  }

  /**
   * Reads all rows once, range by range.
   *
   * @param select columns over the alias `t`, which may be aggregates
   * @param rest of the statement, such as `GROUP BY`
   * @param take gets the rows of each range
   */
  async each(
    select: string,
    rest: string,
    take: (rows: readonly RangeRow[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const leaf of this.leaves) {
      for (const range of this.rangesOf(leaf)) {
        signal.throwIfAborted();
        const from = `FROM ONLY ${qualified(leaf)} t ${range} ${rest}`;
        const file = `SELECT pg_catalog.pg_relation_filenode(${literalOf(leaf)}::pg_catalog.regclass)::text AS file`;
        const [, rows, files] = pgResults<RangeRow>(
          await this.client.query(
            `SAVEPOINT reading; SELECT ${select} ${from}; ${file}; ROLLBACK TO SAVEPOINT reading; RELEASE SAVEPOINT reading`,
          ),
        );
        this.check(leaf, files?.[0]?.file);
        take(rows ?? []);
      }
    }
  }

  /**
   * Reads some rows in order, and ends the reading: the server keeps what it has read, on its disk when it is much, without a lock and
   * without a snapshot.
   *
   * @param inner the rows of a leaf, from `SELECT` to its columns over the alias `t`
   * @param outer makes the rows that are returned of those of all leaves, which it calls `rows`
   */
  async *sorted(
    inner: string,
    where: string,
    outer: (rows: string) => string,
  ): AsyncGenerator<SortedRow, void, undefined> {
    const parts = this.leaves.map((leaf) => `SELECT ${inner} FROM ONLY ${qualified(leaf)} t WHERE ${where}`);
    if (parts.length === 0) return;
    const select = outer(`(${parts.join(' UNION ALL ')}) AS rows`);
    await this.client.query(`DECLARE differing NO SCROLL CURSOR WITH HOLD FOR ${select}`);
    await this.confirm();
    await this.client.query('COMMIT');
    try {
      for (;;) {
        const { rows } = await this.client.query<SortedRow>(`FETCH ${FETCHED_AT_ONCE} FROM differing`);
        yield* rows;
        if (rows.length < FETCHED_AT_ONCE) return;
      }
    } finally {
      await this.client.query('CLOSE differing').catch(() => undefined);
    }
  }

  /** Ends it. A statement that has failed has ended it already. */
  async end(): Promise<void> {
    await this.client.query('ROLLBACK').catch(() => undefined);
  }

  /** The leaves are locked. */
  private async confirm(): Promise<void> {
    for (const leaf of this.leaves) {
      const { rows } = await this.client.query<{ file: string | null }>(
        `SELECT pg_catalog.pg_relation_filenode(${literalOf(leaf)}::pg_catalog.regclass)::text AS file`,
      );
      this.check(leaf, rows[0]?.file);
    }
  }

  private check(leaf: Leaf, file: unknown): void {
    const known = this.files.get(leaf);
    if (typeof file !== 'string' || (known !== undefined && known !== file)) {
      throw new TableChangedError(`${leaf.schema}.${leaf.name} was rewritten while it was read`);
    }
    this.files.set(leaf, file);
  }

  /** The last range has no end: rows may have been written behind it since its size was read. */
  private *rangesOf({ blocks }: Leaf): Generator<string, void, undefined> {
    if (this.serverVersionNum < RANGES_FROM || blocks <= BLOCKS_AT_ONCE) return yield '';
    for (let from = 0; from < blocks; from += BLOCKS_AT_ONCE) {
      const to = from + BLOCKS_AT_ONCE;
      const end = to < blocks ? ` AND t.ctid < '(${to},0)'` : '';
      yield `WHERE t.ctid >= '(${from},0)'${end}`;
    }
  }
}

function literalOf(leaf: Leaf): string {
  return pg.escapeLiteral(qualified(leaf));
}
