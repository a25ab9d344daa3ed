import { archiveEntries } from './archive-entries';
import type { RelationName } from './dump-plan';
import type { PostgresTools } from './tools';

/** A name as pg_dump writes it. */
const NAME = String.raw`("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)`;
const ATTACH = new RegExp(`^ALTER TABLE ONLY ${NAME}\\.${NAME} ATTACH PARTITION ${NAME}\\.${NAME} `, 'm');

/** Finds for a table of an archive the table at the top of its partitions: itself when it is not a partition. */
export type RootOf = (table: RelationName) => RelationName;

/** Reads the partitions from the schema in an archive. */
export async function readPartitionRoots(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<RootOf> {
  const parents = new Map<string, RelationName>();
  for await (const { sql } of archiveEntries(tools, archive, signal)) {
    const [, parentSchema, parent, schema, name] = (ATTACH.exec(sql) ?? []).map((part) => unquoted(part));
    if (parentSchema === undefined || parent === undefined || schema === undefined || name === undefined) continue;
    parents.set(JSON.stringify([schema, name]), { schema: parentSchema, name: parent });
  }
  const rootOf = (table: RelationName): RelationName => {
    const parent = parents.get(JSON.stringify([table.schema, table.name]));
    return parent === undefined ? table : rootOf(parent);
  };
  return rootOf;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
