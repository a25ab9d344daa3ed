import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import { withConnection } from '../server/connection';
import { keyOf, type RelationName } from '../server/relation-name';
import type { IndexBuild } from '../archive/index-builds';

/** How often the server is asked. */
const ASK_EVERY_MS = 1_000;
/** So many tables, the largest, stand for all: each is looked up at every question. */
const TABLES = 1_000;

/** Work on one table after its rows are in. */
interface Work {
  readonly schema: string;
  readonly name: string;
  readonly bytes: number;
  /** Indexes and foreign keys to be made: each reads the whole table. */
  readonly builds: number;
}

// What is being built is not in the catalogue before it is done. Half of the work is to read the table, the other half to
// put what was read in order.
const MEASURE = `
  SELECT coalesce(sum(w.bytes * least(w.builds, made.indexes + made.keys + made.running)), 0)::float8 AS bytes
    FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS w (schema text, name text, bytes float8, builds int)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name,
    LATERAL (SELECT
      (SELECT count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisvalid) AS indexes,
      (SELECT count(*) FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f') AS keys,
      (SELECT coalesce(sum(coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0) / 2
                         + coalesce(p.tuples_done::float8 / nullif(p.tuples_total, 0), 0) / 2), 0)
         FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid = c.oid) AS running) made`;

/** How far the indexes and foreign keys of a database that is being loaded have come, in bytes of the tables to be read for them. */
export class BuildProgress {
  private readonly works: readonly Work[];

  /**
   * @param builds what is to be built
   * @param tables with their sizes, bytes
   */
  constructor(builds: readonly IndexBuild[], tables: readonly (RelationName & { readonly bytes: number })[]) {
    const numbers = new Map<string, number>();
    for (const { table } of builds) numbers.set(keyOf(table), (numbers.get(keyOf(table)) ?? 0) + 1);
    this.works = tables
      .map((table) => ({
        schema: table.schema,
        name: table.name,
        bytes: table.bytes,
        builds: numbers.get(keyOf(table)) ?? 0,
      }))
      .filter(({ bytes, builds: number }) => bytes > 0 && number > 0)
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, TABLES);
  }

  /** All there is to do, bytes; 0 when there is nothing. */
  get bytesTotal(): number {
    return this.works.reduce((sum, { bytes, builds }) => sum + bytes * builds, 0);
  }

  /** @param client connected to the database, and doing nothing else */
  async measure(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ bytes: number }>(MEASURE, [JSON.stringify(this.works)]);
    return Math.round(rows[0]?.bytes ?? 0);
  }

  /**
   * Reports the bytes while something else builds. That it cannot be told how far that has come is never an error.
   *
   * @param signal ends the questions at once, also one that is not answered
   * @throws what `build` throws
   */
  async during<T>(
    address: DatabaseAddress,
    report: (bytesDone: number) => void,
    build: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const over = new AbortController();
    const asking = this.ask(address, report, over.signal, signal).catch(() => undefined);
    try {
      return await build();
    } finally {
      over.abort();
      await asking;
    }
  }

  private async ask(
    address: DatabaseAddress,
    report: (bytesDone: number) => void,
    over: AbortSignal,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.works.length === 0) return;
    // What is over by then is not asked about: the question needs a session of its own.
    await delay(ASK_EVERY_MS, undefined, { signal: over });
    await withConnection(
      address,
      async (client) => {
        for (;;) {
          report(await this.measure(client));
          await delay(ASK_EVERY_MS, undefined, { signal: over });
        }
      },
      signal,
    );
  }
}
