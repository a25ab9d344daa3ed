import { mayHoldAmounts } from '../archive/amounts';
import { type ArchiveSource, TocReader } from '../archive/archive-toc';
import { LoadPassFinder } from '../archive/load-passes';
import { mentionedRoles } from '../archive/mentioned-roles';
import type { RelationName } from '../server/relation-name';
import { chooseDefinitions, type DefinedEntry } from './definition-choice';

/** The definitions of one table, as archives for `pg_restore`. */
export interface TableDefinitions {
  /** Schemas that must be there before anything else. They are in no archive, because each may be there already. */
  readonly schemas: readonly string[];
  /** What must be there before the rows: the table, and all that it needs. */
  readonly before: ArchiveSource;
  /** Indexes, constraints, triggers; `undefined`: there are none. */
  readonly after: ArchiveSource | undefined;
  /** Whose values belong to the rows. */
  readonly sequences: readonly RelationName[];
  readonly mayHoldAmounts: boolean;
  /** What of the table cannot be made without other tables or roles, in words. */
  readonly leftOut: readonly string[];
}

/**
 * Finds the definitions of one table in an archive.
 *
 * @param tables as `chooseDefinitions` takes them
 * @throws ContainerError; RestoreError `incompatible_version` for an archive of a format that we do not know
 */
export async function tableDefinitions(
  archive: ArchiveSource,
  tables: readonly RelationName[],
): Promise<TableDefinitions> {
  const finder = new LoadPassFinder();
  const entries: DefinedEntry[] = [];
  const withAmounts = new Set<number>();
  const toc = new TocReader(archive());
  try {
    await toc.head();
    for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
      finder.add(raw);
      const { id, type, schema, name, dependencies } = raw.entry;
      const namesRoles = mentionedRoles({ ...raw.entry, isGivenToOwner: false }).length > 0;
      entries.push({ ...{ id, type, schema, name, dependencies }, namesRoles });
      if (mayHoldAmounts(raw.entry)) withAmounts.add(id);
    }
  } finally {
    await toc.close();
  }
  const { ids, sequences, leftOut } = chooseDefinitions(entries, tables);
  const passes = finder.found(archive, false);
  const schemas = new Map(entries.flatMap(({ id, type, name }) => (type === 'SCHEMA' ? [[id, name] as const] : [])));
  const isWanted = (id: number): boolean => ids.has(id) && !schemas.has(id);
  return {
    schemas: [...schemas].flatMap(([id, name]) => (ids.has(id) ? [name] : [])),
    before: passes.part(['pre-data'], isWanted),
    // Under the path of the database it goes into: what names functions without their schema may work there.
    after: passes.of(['post-data']).some(isWanted) ? passes.part(['post-data'], isWanted, 'own') : undefined,
    ...{ sequences, leftOut },
    mayHoldAmounts: [...withAmounts].some(isWanted),
  };
}
