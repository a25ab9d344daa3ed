import type { Archive } from '../archive/archive';
import { archiveEntries, type ArchiveEntry } from '../archive/archive-toc';
import { withDependants } from '../archive/dependants';
import type { PassResult } from './load-schema';
import { keyOf, type RelationName } from '../server/relation-name';
import { useListOf } from '../archive/use-list';

/** What of a schema cannot be made, or not as it was, in the database it is loaded into. */
export interface LeftOut {
  /** Foreign keys of a scoped backup to tables whose rows it does not have: `schema.table.constraint`. */
  readonly foreignKeys: readonly string[];
  /** Policies for roles that are not there and cannot be made: `schema.table.policy`. */
  readonly policies: readonly string[];
  /** User mappings of foreign servers for such roles: `role SERVER server`. */
  readonly userMappings: readonly string[];
  /** Subscriptions: they are there, disabled and without a slot. */
  readonly subscriptions: readonly string[];
  /** What could be made under the database's own `search_path` only: in words for people. */
  readonly underOwnPath?: readonly string[];
  /** What the database refused, where it may be left out: in words for people. */
  readonly incomplete?: readonly string[];
  /** The numbers of these entries in the archive, and of foreign keys that were refused. */
  readonly incompleteIds?: readonly number[];
  /** Everything else of the archive, for `pg_restore --use-list`, whatever the section; absent when nothing is left out. */
  readonly useList?: Buffer;
}

export const NOTHING: LeftOut = { foreignKeys: [], policies: [], userMappings: [], subscriptions: [] };

/** The scope of a backup of everything. */
const WHOLE = 'ALL';

/**
 * Finds what has to be left out: what cannot be made, and with it the comments on it and whatever else needs it.
 *
 * @param missingRoles roles that do not exist and that the load does not make
 * @throws ContainerError, RestoreError, or the signal's reason
 */
export async function findLeftOut(order: {
  readonly archive: Archive;
  readonly missingRoles: readonly string[];
}): Promise<LeftOut> {
  const { archive, missingRoles } = order;
  const { facts } = await archive.contents();
  const isScoped = !archive.reader.index.scope.includes(WHOLE);
  const has = isScoped ? await tablesWithRows(archive) : () => true;
  const keys = facts.foreignKeys.filter(({ table, references }) => has(table) && !has(references));
  const isForMissing = ({ roles }: { roles: readonly string[] }): boolean =>
    roles.some((role) => missingRoles.includes(role));
  const policies = facts.policies.filter(isForMissing);
  const userMappings = facts.userMappings.filter(isForMissing);
  const found = {
    foreignKeys: keys.map(({ name }) => name),
    policies: policies.map(({ name }) => name),
    userMappings: userMappings.map(({ name }) => name),
    subscriptions: facts.subscriptions,
  };
  const ids = [...keys, ...policies, ...userMappings].map(({ id }) => id);
  if (ids.length === 0) return found;
  const entries: { id: number; dependencies: readonly number[] }[] = [];
  for await (const { id, dependencies } of archiveEntries(archive.read(), { isOwner: true }))
    entries.push({ id, dependencies });
  const out = withDependants(entries, ids);
  return { ...found, useList: useListOf(entries.map(({ id }) => id).filter((id) => !out.has(id))) };
}

/** Adds what the database refused. A foreign key that is missing on purpose is not missed later. */
export async function withIncomplete(
  leftOut: LeftOut,
  { incomplete, underOwnPath }: PassResult,
  archive: Archive,
): Promise<LeftOut> {
  const known = underOwnPath.length === 0 ? leftOut : { ...leftOut, underOwnPath: underOwnPath.map(inWords) };
  if (incomplete.length === 0) return known;
  const { foreignKeys } = (await archive.contents()).facts;
  const keys = foreignKeys.filter((key) => incomplete.some(({ id }) => id === key.id));
  return {
    ...known,
    foreignKeys: [...leftOut.foreignKeys, ...keys.map(({ name }) => name)],
    incompleteIds: incomplete.map(({ id }) => id),
    incomplete: incomplete.filter(({ id }) => keys.every((key) => key.id !== id)).map(inWords),
  };
}

/** Names for people, as {@link LeftOut} has them. */
function inWords({ type, schema, name }: ArchiveEntry): string {
  return `${type.toLowerCase()} ${schema === '' ? '' : `${schema}.`}${name}`;
}

/** The tables of a scoped backup, and those at the top of their partitions. */
async function tablesWithRows(archive: Archive): Promise<(table: RelationName) => boolean> {
  const { rootOf } = await archive.contents();
  const tables = await archive.dataTables();
  const held = new Set(tables.flatMap((table) => [keyOf(table), keyOf(rootOf(table))]));
  return (table) => held.has(keyOf(table));
}
