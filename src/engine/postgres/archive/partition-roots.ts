import { archiveEntries } from './archive-toc';
import { IDENTIFIER, unquoted } from '../server/identifiers';
import { keyOf, type RelationName } from '../server/relation-name';

const NAME = `(${IDENTIFIER})`;
const ATTACH = new RegExp(`^ALTER TABLE ONLY ${NAME}\\.${NAME} ATTACH PARTITION ${NAME}\\.${NAME} `, 'm');

/** An entry of its own since version 14 of pg_dump. */
const ATTACHING: ReadonlySet<string> = new Set(['TABLE', 'TABLE ATTACH']);

/** Finds for a table of an archive the table at the top of its partitions: itself when it is not a partition. */
export type RootOf = (table: RelationName) => RelationName;

/**
 * Reads the partitions from the schema in an archive.
 *
 * @throws as {@link archiveEntries}
 */
export async function readPartitionRoots(archive: AsyncIterable<Uint8Array>): Promise<RootOf> {
  const parents = new Map<string, RelationName>();
  for await (const { type, sql } of archiveEntries(archive)) {
    if (!ATTACHING.has(type)) continue;
    const [, parentSchema, parent, schema, name] = (ATTACH.exec(sql) ?? []).map(unquoted);
    if (parentSchema === undefined || parent === undefined || schema === undefined || name === undefined) continue;
    parents.set(keyOf({ schema, name }), { schema: parentSchema, name: parent });
  }
  const rootOf = (table: RelationName): RelationName => {
    const parent = parents.get(keyOf(table));
    return parent === undefined ? table : rootOf(parent);
  };
  return rootOf;
}
