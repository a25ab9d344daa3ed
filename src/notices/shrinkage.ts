/** What is compared of two backups of the whole database. */
export interface BackupContent {
  /** Of the rows as they were dumped, before compression, bytes. */
  readonly dataBytes: number;
  readonly tables: readonly TableRows[];
}

interface TableRows {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/** So few names are told; the number of all is told besides. */
const NAMES_TOLD = 5;

/** A table with fewer rows may well be empty the next day. */
const WORTH_MISSING_ROWS = 10;

/**
 * Why a backup looks as if something had been lost since an earlier one.
 *
 * @param allowedPercent by how much data or rows may fall
 * @returns in words, `undefined` when nothing is suspicious
 */
export function shrinkage(previous: BackupContent, current: BackupContent, allowedPercent: number): string | undefined {
  const reasons = [
    ...fallen('its data', previous.dataBytes, current.dataBytes, allowedPercent),
    ...fallen('its number of rows', rowsOf(previous), rowsOf(current), allowedPercent),
    ...vanished(previous, current),
    ...emptied(previous, current),
  ];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

function fallen(what: string, before: number, after: number, allowedPercent: number): string[] {
  if (before === 0 || after >= before * (1 - allowedPercent / 100)) return [];
  return [`${what} fell by ${Math.floor((1 - after / before) * 100)} %`];
}

/** A table whose name differs in its numbers alone from one that is still there is a partition that was taken away. */
function vanished(previous: BackupContent, current: BackupContent): string[] {
  const left = new Set(current.tables.map(nameOf));
  const families = new Set(current.tables.map(familyOf));
  const gone = previous.tables.filter((table) => !left.has(nameOf(table)) && !isMemberOf(families, table));
  return gone.length === 0 ? [] : [`${gone.length} tables are gone (${named(gone)})`];
}

function emptied(previous: BackupContent, current: BackupContent): string[] {
  const rowsNow = new Map(current.tables.map((table) => [nameOf(table), table.rows]));
  const empty = previous.tables.filter((table) => table.rows >= WORTH_MISSING_ROWS && rowsNow.get(nameOf(table)) === 0);
  return empty.length === 0 ? [] : [`${empty.length} tables are empty now (${named(empty)})`];
}

function isMemberOf(families: ReadonlySet<string>, table: TableRows): boolean {
  return /\d/.test(table.name) && families.has(familyOf(table));
}

function familyOf(table: TableRows): string {
  return nameOf(table).replace(/\d+/g, '#');
}

function named(tables: readonly TableRows[]): string {
  const told = tables.slice(0, NAMES_TOLD).map(nameOf).join(', ');
  return tables.length > NAMES_TOLD ? `${told}, …` : told;
}

function rowsOf({ tables }: BackupContent): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

function nameOf({ schema, name }: TableRows): string {
  return `${schema}.${name}`;
}
