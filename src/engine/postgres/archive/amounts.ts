import type { ArchiveEntry } from './archive-toc';

const HAVE_COLUMNS: ReadonlySet<string> = new Set(['TABLE', 'TYPE', 'DOMAIN']);
/** `pg_dump` writes a column or a member of a type on a line of its own. */
const MONEY = /^\s+(?:"(?:[^"]|"")*"|\S+) money\b|^CREATE DOMAIN .* AS money\b/m;

/** Whether what an entry makes may hold a value of the type `money`. */
export function mayHoldAmounts({ type, sql }: Pick<ArchiveEntry, 'type' | 'sql'>): boolean {
  return HAVE_COLUMNS.has(type) && MONEY.test(sql);
}
