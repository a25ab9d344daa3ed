import type { DatabaseAddress } from '../../address/database-address';
import type { Borrowed } from '../../bytes/borrowed';
import { counted } from '../../bytes/counted';
import type { RowPart } from '../../container/format/row-parts';
import { TaskGroup } from '../../process/task-group';
import { CopySession } from '../copy/copy-session';
import type { RowTable } from '../dump/row-tables';
import { joinSnapshot, LOCK_WAIT_MS, lockTables, waitingForLocks } from '../dump/snapshot';
import { copyOutStatement } from './copy-statements';
import { isSharing, type PartOrder, PartQueue, SHARED_STREAM_BYTES } from './part-queue';
import { TablesUnderWay } from './tables-under-way';

/** From this version on a range of blocks is read without the rest of the table. */
const READS_RANGES = 140_000;
/** A stream that tables share takes no more than these: all of them stay locked until it is written. */
const TABLES_A_STREAM = 500;

/**
 * What text depends on, as `pg_dump` has it; and what keeps a range of blocks from being read by itself. Newer servers can be told
 * to leave alone what is not a table.
 */
const SETTINGS = `
  SET DateStyle = ISO; SET IntervalStyle = postgres; SET extra_float_digits = 3; SET synchronize_seqscans = off;
  SET enable_tidscan = on; SET max_parallel_workers_per_gather = 0;
  SELECT pg_catalog.set_config(name, 'view, foreign-table', false) FROM pg_catalog.pg_settings
   WHERE name = 'restrict_nonsystem_relation_kind'`;

/** Rows that are copied, and where they go. */
export interface RowsOrder {
  /** Of the server that has the snapshot. */
  readonly address: DatabaseAddress;
  readonly snapshotId: string;
  readonly serverVersionNum: number;
  /** Of the database, by PostgreSQL's name. */
  readonly encoding: string;
  readonly tables: readonly RowTable[];
  /** All tables from twice this size on disk, bytes, have parts of it; else only those that keep one connection busy alone. */
  readonly partBytes?: number | undefined;
  /** Connections at once. */
  readonly connections: number;
  /** The server has room for as many sessions that have all tables locked. */
  readonly canLockAll: boolean;
  /** Writes a stream to its end. A chunk must not be used after the second request after it. */
  readonly write: (name: string, chunks: AsyncIterable<Borrowed>) => Promise<unknown>;
  /** Told once of the tables, before the first row. They count on from then. */
  readonly onTables?: (tables: TablesUnderWay) => void;
  readonly signal: AbortSignal;
}

/** A table, and where its rows have gone. */
export interface CopiedTable {
  readonly table: RowTable;
  readonly parts: readonly RowPart[];
}

/**
 * Copies the rows of all tables into streams, over several connections that see one snapshot and take parts from one queue.
 *
 * @throws ConnectionError, the driver's error, what `write` throws, or the signal's reason. The first failure ends all
 */
export async function copyRows(order: RowsOrder): Promise<CopiedTable[]> {
  const copy = new RowCopy(order);
  const tasks = new TaskGroup([order.signal]);
  for (let i = 0; i < order.connections; i += 1) void tasks.run(() => copy.takeParts(tasks.signal));
  await tasks.finished();
  return order.tables.map((table) => ({ table, parts: copy.allPartsOf(table) }));
}

class RowCopy {
  private readonly queue: PartQueue;
  private readonly parts = new Map<RowTable, { readonly number: number; readonly part: RowPart }[]>();
  private readonly underWay: TablesUnderWay;
  private streams = 0;

  constructor(private readonly order: RowsOrder) {
    const { tables, connections, serverVersionNum, partBytes } = order;
    const canSplit = serverVersionNum >= READS_RANGES;
    this.queue = new PartQueue(tables, { connections, canSplit, partBytes });
    this.underWay = new TablesUnderWay(tables.map((table) => ({ ...table, parts: this.queue.partsOf(table) })));
    order.onTables?.(this.underWay);
  }

  /**
   * In the order of the table's blocks.
   *
   * @throws Error when one of them was not copied: only this counts them
   */
  allPartsOf(table: RowTable): RowPart[] {
    const known = this.parts.get(table) ?? [];
    if (known.length === 0 || known.length !== this.queue.partsOf(table)) throw new Error('rows were not copied');
    return (this.parts.get(table) ?? []).toSorted((a, b) => a.number - b.number).map(({ part }) => part);
  }

  async takeParts(signal: AbortSignal): Promise<void> {
    const { address, snapshotId } = this.order;
    const first = this.queue.take();
    if (first === undefined) return;
    const copyAll = async (session: CopySession): Promise<void> => {
      await session.client.query(SETTINGS);
      for (let next: PartOrder | undefined = first; next !== undefined;) {
        await joinSnapshot(session.client, snapshotId);
        next = await this.copyLocked(session, next);
        await session.client.query('COMMIT');
      }
    };
    await waitingForLocks(() => CopySession.use(address, copyAll, signal));
  }

  /**
   * Copies in one transaction. A session that is to change a table waits for the one that has the snapshot, and a lock that is asked
   * for later waits behind that. A session that locks all tables first has to wait for nothing later. Where there is no room
   * for that, it has a table locked only while it is copied, and gives up when it has waited too long.
   *
   * @returns what is to be copied in the next transaction
   */
  private async copyLocked(session: CopySession, first: PartOrder): Promise<PartOrder | undefined> {
    if (!this.order.canLockAll) {
      await session.client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
      await this.writeStream(session, first);
      return this.queue.take();
    }
    await lockTables(session.client, this.order.tables);
    for (let next: PartOrder | undefined = first; next !== undefined; next = this.queue.take()) {
      await this.writeStream(session, next);
    }
    return undefined;
  }

  private async writeStream(session: CopySession, first: PartOrder): Promise<void> {
    const { write } = this.order;
    const stream = `rows/${this.streams}`;
    this.streams += 1;
    const taken: PartOrder[] = [];
    let offset = 0;
    const mayShare = (): boolean => isSharing(first) && offset < SHARED_STREAM_BYTES && taken.length < TABLES_A_STREAM;
    const chunks = session.copyOut(this.statements(first, taken, mayShare), (number, { bytes, rows }) => {
      const part = taken[number];
      if (part !== undefined) this.add(part, { stream, offset, size: bytes, rows });
      offset += bytes;
    });
    // A block may hold rows of several small tables. They count for the one that is copied when it comes.
    await write(
      stream,
      counted(chunks, (bytes) => {
        const part = taken.at(-1);
        if (part !== undefined) this.underWay.add(part.table, bytes);
      }),
    );
  }

  private *statements(first: PartOrder, taken: PartOrder[], mayShare: () => boolean): Generator<string> {
    for (let next: PartOrder | undefined = first; next !== undefined; next = this.nextSharing(mayShare)) {
      taken.push(next);
      yield copyOutStatement(next, this.order.encoding);
    }
  }

  private nextSharing(mayShare: () => boolean): PartOrder | undefined {
    return mayShare() ? this.queue.takeSharing() : undefined;
  }

  private add({ table, number }: PartOrder, part: RowPart): void {
    const parts = this.parts.get(table) ?? [];
    parts.push({ number, part });
    this.parts.set(table, parts);
    this.underWay.endPart(table);
  }
}
