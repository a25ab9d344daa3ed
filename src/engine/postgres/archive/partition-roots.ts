import type { ArchiveEntry } from './archive-toc';
import { CAPTURED, unquoted } from '../server/identifiers';
import { keyOf, type RelationName } from '../server/relation-name';

const ATTACH = new RegExp(
  `^ALTER TABLE ONLY ${CAPTURED}\\.${CAPTURED} ATTACH PARTITION ${CAPTURED}\\.${CAPTURED} `,
  'm',
);

/** An entry of its own since version 14 of pg_dump. */
const ATTACHING: ReadonlySet<string> = new Set(['TABLE', 'TABLE ATTACH']);

/** Finds for a table of an archive the table at the top of its partitions: itself when it is not a partition. */
export type RootOf = (table: RelationName) => RelationName;

/** Finds the partitions of a schema while a table of contents goes by. */
export class PartitionRootFinder {
  private readonly parents = new Map<string, RelationName>();

  add({ type, sql }: ArchiveEntry): void {
    if (!ATTACHING.has(type)) return;
    const [, parentSchema, parent, schema, name] = (ATTACH.exec(sql) ?? []).map(unquoted);
    if (parentSchema === undefined || parent === undefined || schema === undefined || name === undefined) return;
    this.parents.set(keyOf({ schema, name }), { schema: parentSchema, name: parent });
  }

  found(): RootOf {
    const rootOf = (table: RelationName): RelationName => {
      const parent = this.parents.get(keyOf(table));
      return parent === undefined ? table : rootOf(parent);
    };
    return rootOf;
  }
}
