import pg from 'pg';
import { type Catalog, readCatalog } from './catalog';
import type { DatabaseAddress } from '../../address/database-address';
import { cancellable, connect } from '../server/connection';
import { findLeftOut, findUnreadable, MissingRightsError } from './dump-rights';
import { findUnreadableNames, UnreadableNamesError } from './unreadable-names';
import { type DatabaseFacts, readFacts } from '../server/database-facts';
import { qualified, type RelationName } from '../server/relation-name';
import { readRowTables, type RowSequence, type RowTable } from './row-tables';
import { areShared, SharedSessionsError } from '../server/pooling';
import { sessionsThatCanLock } from '../server/lock-room';
import type { ServerClient } from '../server/server-client';

/** Another session holds, or waits for, a lock that keeps us from reading a table. The backup would wait for ever. */
export class LockTimeoutError extends Error {
  override readonly name = 'LockTimeoutError';
}

/**
 * A table got a new file between the snapshot and its lock. The rows of the old file are gone, and the snapshot does not see those of the
 * new one: the table would look empty.
 */
class TableReplacedError extends LockTimeoutError {
  constructor(table: string) {
    super(`the table ${table} is emptied or rewritten again and again`);
  }
}

/** How long to wait for a table that another session is altering, milliseconds. Not a limit on the size of anything. */
export const LOCK_WAIT_MS = 60_000;

const TABLES_A_STATEMENT = 500;
const TRIES = 3;

/**
 * One moment of the database, held by an open transaction: every `pg_dump` and every count of a backup reads exactly it.
 */
export interface Snapshot {
  /** Name for `pg_dump --snapshot` and `SET TRANSACTION SNAPSHOT`. */
  readonly id: string;
  /** Of the very server that has the snapshot, where the target's address names several. */
  readonly address: DatabaseAddress;
  readonly facts: DatabaseFacts;
  readonly catalog: Catalog;
  /** Whose rows and values are to be copied. */
  readonly rows: { readonly tables: readonly RowTable[]; readonly sequences: readonly RowSequence[] };
  readonly hasLargeObjects: boolean;
  /** What `pg_dump` leaves out for want of rights, or because the server is a standby, in words for people. */
  readonly leftOut: readonly string[];
  /** The connection that holds the snapshot; queries on it see that moment. */
  readonly client: pg.Client;
  /** Another connection to the same server, for work beside it. It sees the present until it joins the snapshot. */
  readonly companion: pg.Client;
  /** How many sessions may lock all tables at once beside this connection; at least one. */
  readonly sessionsAtOnce: number;
  /** Aborts when the connection, and with it the snapshot, is lost. */
  readonly signal: AbortSignal;
  /** Ends it; may be called again. */
  close(): Promise<void>;
}

/** What a snapshot is opened for. */
export interface SnapshotRequest {
  /** Only these, their partitions and their sequences are to be dumped. */
  readonly scopeTables?: readonly RelationName[] | undefined;
  /** A query whose first value is the version of the schema; without one, goose's table is asked when there is one. */
  readonly schemaVersionQuery?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Exports a snapshot and, as the leader of a parallel `pg_dump` does, locks all tables against being dropped or emptied
 * while they are read.
 *
 * @throws SharedSessionsError; MissingRightsError when the role may not read all of it; UnreadableNamesError; LockTimeoutError when another session
 *   keeps a table locked; the driver's error, or the signal's reason
 */
export async function openSnapshot(address: DatabaseAddress, request: SnapshotRequest): Promise<Snapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await connect(address);
    let companion: ServerClient | undefined;
    try {
      const second = (companion = await connect(client.ownAddress));
      const open = () => exportSnapshot(client, second, request);
      return await cancellable(client.ownAddress, client, open, request.signal);
    } catch (error) {
      await client.end().catch(() => undefined);
      await companion?.end().catch(() => undefined);
      // A table was dropped, emptied or rewritten between the snapshot and its lock: one that begins now shows what is there.
      if (attempt < TRIES && (isGone(error) || error instanceof TableReplacedError)) continue;
      throw error;
    }
  }
}

/** Lets another connection see the same moment, until it ends. */
export async function joinSnapshot(client: pg.Client, id: string): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(id)}`);
  await client.query(`SET search_path = ''; SET row_security = off`);
}

async function exportSnapshot(
  client: ServerClient,
  companion: ServerClient,
  request: SnapshotRequest,
): Promise<Snapshot> {
  if (await areShared(client, companion)) throw new SharedSessionsError();
  return waitingForLocks(() => takeSnapshot(client, companion, request));
}

async function takeSnapshot(
  client: ServerClient,
  companion: ServerClient,
  request: SnapshotRequest,
): Promise<Snapshot> {
  const lost = new AbortController();
  let isClosed = false;
  client.on('end', () => {
    if (!isClosed) lost.abort(new Error('the connection that held the snapshot was lost'));
  });
  // The leader stays idle while the workers dump: it must outlive whatever idle limits are set (PostgreSQL 14 and later).
  await client.query('SET idle_session_timeout = 0').catch(() => undefined);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // Already the sizes of tables wait for a session that has one of them for itself.
  await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
  // With an empty path every name is qualified; policies that would hide rows are an error, not a smaller backup.
  await client.query(`SET search_path = ''; SET row_security = off`);
  const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('the server exported no snapshot');
  const names = await findUnreadableNames(client);
  if (names.length > 0) throw new UnreadableNamesError(names);
  const catalog = await readCatalog(client, request.scopeTables);
  const unreadable = await findUnreadable(client, catalog.only);
  if (unreadable.length > 0) throw new MissingRightsError(unreadable);
  const leftOut = await findLeftOut(client);
  const rowTables = await readRowTables(client, catalog.only);
  // Tables of extensions are locked only as far as rows are read.
  await lockTables(client, [...catalog.lockable, ...rowTables.tables.filter(({ extension }) => extension)]);
  await refuseReplaced(client, rowTables.tables);
  const facts = await readFacts(client, request.schemaVersionQuery);
  const sessions = await sessionsThatCanLock(client, catalog.lockable.length);
  return {
    id,
    address: client.ownAddress,
    facts,
    catalog,
    rows: rowTables,
    hasLargeObjects: catalog.only === undefined && (await hasLargeObjects(client)),
    leftOut,
    client,
    companion,
    sessionsAtOnce: Math.max(1, sessions - 1),
    signal: lost.signal,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await client.end().catch(() => undefined);
      await companion.end().catch(() => undefined);
    },
  };
}

async function hasLargeObjects(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS found',
  );
  return rows[0]?.found === true;
}

/**
 * Locks tables against being dropped or emptied, to the end of the client's transaction.
 *
 * @throws LockTimeoutError when another session keeps one locked, or waits for that; the driver's error
 */
export async function lockTables(client: pg.Client, tables: readonly RelationName[]): Promise<void> {
  await waitingForLocks(async () => {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
    for (let i = 0; i < tables.length; i += TABLES_A_STATEMENT) {
      const names = tables.slice(i, i + TABLES_A_STATEMENT).map(qualified);
      await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    }
    await client.query('SET LOCAL lock_timeout = 0');
  });
}

/**
 * TRUNCATE, and ALTER TABLE where it rewrites the table, are not seen by a snapshot as other changes are (PostgreSQL's documentation,
 * "Caveats" of concurrency control). The file of a table comes from the catalogue as it is now, its row from the snapshot. A table of
 * another one's name is another table, too.
 *
 * @param client has locked the tables
 */
async function refuseReplaced(client: pg.Client, tables: readonly RelationName[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
      FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted (schema, name)
      JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
      JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
     WHERE pg_catalog.pg_relation_filenode(c.oid) IS DISTINCT FROM c.relfilenode
        OR pg_catalog.to_regclass(pg_catalog.format('%I.%I', n.nspname, c.relname)) IS DISTINCT FROM c.oid
     LIMIT 1`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  const [replaced] = rows;
  if (replaced !== undefined) throw new TableReplacedError(replaced.name);
}

/** Says in our own words that a lock was waited for in vain. */
export async function waitingForLocks<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) !== '55P03') throw error;
    throw new LockTimeoutError('a table stayed locked by another session', { cause: error });
  }
}

function isGone(error: unknown): boolean {
  return codeOf(error) === '42P01' || codeOf(error) === '3F000';
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
