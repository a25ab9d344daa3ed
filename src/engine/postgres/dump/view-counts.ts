import pg from 'pg';
import { keyOf, qualified, type RelationName } from '../server/relation-name';
import { plannedCount } from './row-counts';
import { joinSnapshot } from './snapshot';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';
import { inPart } from '../server/transaction-part';

/** A materialized view, whose rows are in no backup: `pg_restore` makes them anew. */
export interface ViewState extends RelationName {
  readonly is_populated: boolean;
}

/** The same, with its rows as they are stored. */
export interface ViewCount extends ViewState {
  /** Absent when it has none, or when they could not be counted. */
  readonly rows?: number | undefined;
}

/** How long to wait for a view that is being refreshed. A backup does not depend on the count. */
const LOCK_WAIT_MS = 2_000;

// Those of extensions come with the extension.
const VIEWS = `
  SELECT n.nspname::text AS schema, c.relname::text AS name, c.relispopulated AS is_populated
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'm' AND NOT (${SYSTEM_SCHEMAS})
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 1, 2`;

/** The materialized views of the connected database. */
export async function readViews(client: pg.Client): Promise<ViewState[]> {
  return (await client.query<ViewState>(VIEWS)).rows;
}

/**
 * Counts the stored rows of all materialized views. A view that cannot be read has no count, and the backup goes on.
 * Each view has a transaction of its own, so that a REFRESH never waits for the count of another view.
 *
 * @param client in no transaction
 * @param snapshotId name of the exported snapshot that is counted
 */
export async function countViews(client: pg.Client, snapshotId: string, signal: AbortSignal): Promise<ViewCount[]> {
  await joinSnapshot(client, snapshotId);
  const views = await readViews(client);
  await client.query('COMMIT');
  const counts: ViewCount[] = [];
  for (const view of views) {
    signal.throwIfAborted();
    counts.push({ ...view, ...(view.is_populated ? await countInSnapshot(client, snapshotId, view) : {}) });
  }
  return counts;
}

async function countInSnapshot(client: pg.Client, snapshotId: string, view: RelationName): Promise<{ rows?: number }> {
  await joinSnapshot(client, snapshotId);
  await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
  const rows = await viewRows(client, view);
  await client.query('COMMIT');
  return rows === undefined ? {} : { rows };
}

/**
 * The rows of one view as they are stored.
 *
 * @returns `undefined` when the server refuses to count them; an open transaction goes on
 * @throws the driver's error when the connection is lost or the statement is cancelled
 */
export async function viewRows(client: pg.Client, view: RelationName): Promise<number | undefined> {
  try {
    return await inPart(client, () => plannedCount(client, `FROM ${qualified(view)}`));
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || /^(08|57)/.test(error.code ?? '')) throw error;
    return undefined;
  }
}

/** Views by name. */
export function byName<T extends RelationName>(views: readonly T[]): Map<string, T> {
  return new Map(views.map((view) => [keyOf(view), view]));
}
