import type pg from 'pg';
import type { Archive } from '../archive/archive';
import { clearDatabase } from '../database/clear-database';
import { createRoles, dropRoles, releaseRoles } from './placeholder-roles';
import { hashRoots } from './hash-roots';
import { LentRights } from './lent-rights';
import { LentToOwners } from './lent-to-owners';
import { tableOwners } from './table-owners';
import { giveMultiranges } from './multirange-owners';
import type { DefinitionPart } from '../archive/definitions-text';
import { findLeftOut, type LeftOut, withIncomplete } from './left-out';
import { partEntries } from './part-entries';
import { ownPath, setPath } from './own-path';
import { replay } from './replay';
import { type LaterParts, makeParts, replayDefinitions } from './replay-definitions';
import { rowTurn, turnOf, turnsIn } from './row-turns';
import { dropPublicSchema, lacksPublicSchema } from './public-schema';
import { qualified, type RelationName } from '../server/relation-name';
import type { CountedRows } from '../rows/counted-rows';
import { loadInTransaction } from '../rows/load-in-transaction';
import type { TablesUnderWay } from '../rows/tables-under-way';
import { setSequences } from '../rows/set-sequences';
import { dropSubscriptions, isCopying } from '../database/subscriptions';
import type { PostgresTools } from '../server/tools';

/** A whole backup that replaces the content of a database in the client's transaction. */
export interface ContentLoad {
  /** In a transaction, which the caller commits or rolls back. */
  readonly client: pg.Client;
  readonly archive: Archive;
  readonly tools: PostgresTools;
  readonly ownership: 'keep' | 'leave out';
  /** Roles of the backup that the server does not have; made and dropped in the transaction when owners are kept. */
  readonly missingRoles: readonly string[];
  /** What the database refuses after the rows is left out and named; else it ends the load. */
  readonly allowsIncomplete?: boolean;
  readonly onBytes: (bytes: number) => void;
  /** Counts what is loaded of each table. */
  readonly tables?: TablesUnderWay | undefined;
  /** Gets the rows that are copied in. */
  readonly counted?: CountedRows | undefined;
  /** All rows are in. How far the rest is cannot be seen outside of the transaction. */
  readonly onPostData: () => void;
  readonly signal: AbortSignal;
}

/** Whose the placeholders of missing roles are. */
const OWNER = 'a restore in place';

/** The tables of a database, by qualified name. */
export async function ownTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  );
  return rows.map((table) => qualified(table));
}

/** Bytes that have been told of before. */
function ignored(): void {}

/** A backup that has replaced the content. */
export interface ReplacedContent {
  /** What could not be made there. */
  readonly leftOut: LeftOut;
  /** Replication slots that are left at publishers of the old content: `subscription: slot`. */
  readonly abandonedSlots: readonly string[];
}

/**
 * Clears the database and loads the backup. Rows are loaded before any role but their owner has a right, and under the
 * `search_path` of the application. Event triggers come last of all. It sets no limit of size: one connection, one
 * transaction, as many locks as there are objects.
 *
 * @param order the session has the settings of `readLoadSettings`
 * @throws the driver's error, ToolError, ContainerError, or the signal's reason; the transaction is to be rolled back then
 */
export async function replaceContent(order: ContentLoad): Promise<ReplacedContent> {
  const { client, archive, tools, ownership, missingRoles, onBytes, tables, counted, signal } = order;
  const args = ownership === 'keep' ? [] : ['--no-owner', '--no-privileges'];
  const { reader } = archive;
  const { facts, guests, late } = await archive.contents();
  const leftOut = await findLeftOut({ ...order, missingRoles: ownership === 'keep' ? [] : missingRoles });
  const { useList } = leftOut;
  const definitions = { client, tools, args, useList, signal };
  const [refused, underOwnPath]: [DefinitionPart[], DefinitionPart[]] = [[], []];
  const onOtherPath = (part: DefinitionPart): void => void underOwnPath.push(part);
  const onRefused = order.allowsIncomplete === true ? (part: DefinitionPart) => void refused.push(part) : undefined;
  const later: LaterParts = { rights: [], refreshes: [], subscriptions: [], eventTriggers: [] };

  const dropped = (await isCopying(client)) ? await dropSubscriptions(client) : [];
  await clearDatabase(client);
  if (lacksPublicSchema(reader.index)) await dropPublicSchema(client);
  const placeholders =
    ownership === 'keep' ? await createRoles(client, missingRoles, OWNER, facts.superuserOwners) : [];
  const lent = new LentRights(ownership === 'keep' ? guests : []);
  const onSchemas = async (): Promise<string> => {
    await lent.lend(client);
    return ownPath(client);
  };
  await replayDefinitions(
    { ...definitions, archive: archive.read(), section: 'pre-data', onSchemas, onOtherPath },
    later,
  );
  await giveMultiranges(client);
  const path = await ownPath(client);
  const into = await hashRoots(client);
  const lentToOwners = new LentToOwners();
  await lentToOwners.lend(client, late.length > 0);
  const ownerOf = await tableOwners(client);
  for (const turn of turnsIn(late)) {
    for (const { name, kind } of reader.index.streams) {
      if (kind !== 'data') continue;
      const rows = await rowTurn(() => reader.readStream(name, { signal }), late, turn, onBytes);
      if (rows !== undefined) await replay({ client, tools, archive: rows, args, into, path, signal });
    }
    // An archive leaves its own path behind, which is empty.
    await setPath(client, path);
    const isWanted = (table: RelationName): boolean => turnOf(table, late) === turn;
    const rows = { client, reader, ownerOf, tables, counted, onBytes: turn === 0 ? onBytes : ignored, signal };
    await loadInTransaction({ ...rows, into: (table) => (isWanted(table) ? into(table) : undefined) });
  }
  await lentToOwners.takeBack(client);
  await setSequences(client, reader.index);
  order.onPostData();
  await replayDefinitions(
    { ...definitions, archive: archive.read(), section: 'post-data', path, onRefused, onOtherPath },
    later,
  );
  await lent.takeBack(client);
  await makeParts(client, later.rights, signal, { onRefused });
  await makeParts(client, later.refreshes, signal, { path, onRefused, onOtherPath });
  dropped.push(...(await dropSubscriptions(client)));
  await makeParts(client, later.subscriptions, signal, { onRefused });
  await releaseRoles(client, placeholders);
  await makeParts(client, later.eventTriggers, signal, { onRefused });
  await dropRoles(client, placeholders, OWNER);
  const result = {
    incomplete: await partEntries(archive.read, refused),
    underOwnPath: await partEntries(archive.read, underOwnPath),
  };
  return {
    leftOut: await withIncomplete(leftOut, result, archive),
    abandonedSlots: dropped.flatMap(({ name, slot }) => (slot === null ? [] : [`${name}: ${slot}`])),
  };
}
