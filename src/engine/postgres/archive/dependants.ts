import type { ArchiveEntry } from './archive-toc';

/** An entry's place among the others. */
type Linked = Pick<ArchiveEntry, 'id' | 'dependencies'>;

/** Says something of an object, and is nothing without it. */
const SAYINGS: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL']);

/** Whether an entry only says something of another one. */
export function isSaying({ type }: Pick<ArchiveEntry, 'type'>): boolean {
  return SAYINGS.has(type);
}

/** Those among some entries that do not only say something of another one among them. */
export function withoutSayingsOn(entries: readonly ArchiveEntry[]): ArchiveEntry[] {
  const ids = new Set(entries.map(({ id }) => id));
  return entries.filter((entry) => !isSaying(entry) || !entry.dependencies.some((id) => ids.has(id)));
}

/**
 * Entries, and everything that needs one of them, at whatever distance.
 *
 * @param entries all of the archive
 */
export function withDependants(entries: readonly Linked[], ids: Iterable<number>): Set<number> {
  const found = new Set(ids);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { id, dependencies } of entries) {
      if (dependencies.some((dependency) => found.has(dependency))) found.add(id);
    }
  }
  return found;
}
