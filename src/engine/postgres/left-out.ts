import type { BackupReader } from '../backup-reader';
import { archiveList, isListed, listedTables, tableLines } from './table-of-contents';
import { keyOf, type RelationName } from './relation-name';
import { readPartitionRoots } from './partition-roots';
import { schemaArchive } from './schema-archive';
import { readSchemaFacts } from './schema-facts';
import type { PostgresTools } from './tools';

/** What of a schema cannot be made in the database it is loaded into. */
export interface LeftOut {
  /** Foreign keys of a scoped backup to tables whose rows it does not have: `schema.table.constraint`. */
  readonly foreignKeys: readonly string[];
  /** Policies for roles that are not there and cannot be made: `schema.table.policy`. */
  readonly policies: readonly string[];
  /** User mappings of foreign servers for such roles: `role SERVER server`. */
  readonly userMappings: readonly string[];
  /** Everything else of the archive, for `pg_restore --use-list`; absent when nothing is left out. */
  readonly useList?: Buffer;
}

export const NOTHING: LeftOut = { foreignKeys: [], policies: [], userMappings: [] };

/** The scope of a backup of everything. */
const WHOLE = 'ALL';

/**
 * Finds what has to be left out.
 *
 * @param missingRoles roles that nobody makes for the load
 * @throws ToolError, ContainerError, or the signal's reason
 */
export async function findLeftOut(order: {
  readonly reader: BackupReader;
  readonly tools: PostgresTools;
  readonly missingRoles: readonly string[];
  readonly signal: AbortSignal;
}): Promise<LeftOut> {
  const { reader, tools, missingRoles, signal } = order;
  const isScoped = !reader.index.scope.includes(WHOLE);
  if (!isScoped && missingRoles.length === 0) return NOTHING;
  const schema = schemaArchive(reader, signal);
  const facts = await readSchemaFacts(tools, schema(), signal);
  const has = isScoped ? await tablesWithRows(order) : () => true;
  const keys = facts.foreignKeys.filter(({ table, references }) => has(table) && !has(references));
  const isForMissing = ({ roles }: { roles: readonly string[] }): boolean =>
    roles.some((role) => missingRoles.includes(role));
  const policies = facts.policies.filter(isForMissing);
  const userMappings = facts.userMappings.filter(isForMissing);
  const entries = [...keys, ...policies, ...userMappings].map(({ entry }) => entry);
  if (entries.length === 0) return NOTHING;
  const list = await archiveList(tools, schema(), signal);
  const rest = list.filter((line) => !entries.some((entry) => isListed(line, entry)));
  return {
    foreignKeys: keys.map(({ name }) => name),
    policies: policies.map(({ name }) => name),
    userMappings: userMappings.map(({ name }) => name),
    useList: Buffer.from(`${rest.join('\n')}\n`),
  };
}

/** The tables of a scoped backup, and those at the top of their partitions. */
async function tablesWithRows(order: {
  readonly reader: BackupReader;
  readonly tools: PostgresTools;
  readonly signal: AbortSignal;
}): Promise<(table: RelationName) => boolean> {
  const { reader, tools, signal } = order;
  const isVersion1 = reader.index.format === 1;
  const schema = schemaArchive(reader, signal);
  const rootOf = await readPartitionRoots(tools, schema(), signal);
  const tables = isVersion1 ? listedTables(await tableLines(tools, schema(), signal)) : reader.index.tables;
  const held = new Set(tables.flatMap((table) => [keyOf(table), keyOf(rootOf(table))]));
  return (table) => held.has(keyOf(table));
}
