/** What is compared of two backups of the whole database. */
export interface BackupContent {
  readonly sizeBytes: number;
  readonly tables: readonly { readonly schema: string; readonly name: string; readonly rows: number }[];
}

/** So few names are told; the number of all is told besides. */
const NAMES_TOLD = 5;

/**
 * Why a backup looks as if something had been lost since the one before it.
 *
 * @param allowedPercent by how much size or rows may fall
 * @returns in words, `undefined` when nothing is suspicious
 */
export function shrinkage(previous: BackupContent, current: BackupContent, allowedPercent: number): string | undefined {
  const reasons = [
    ...fallen('its size', previous.sizeBytes, current.sizeBytes, allowedPercent),
    ...fallen('its number of rows', rowsOf(previous), rowsOf(current), allowedPercent),
    ...vanished(previous, current),
  ];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

function fallen(what: string, before: number, after: number, allowedPercent: number): string[] {
  if (before === 0 || after >= before * (1 - allowedPercent / 100)) return [];
  return [`${what} fell by ${Math.floor((1 - after / before) * 100)} %`];
}

function vanished(previous: BackupContent, current: BackupContent): string[] {
  const left = new Set(current.tables.map(nameOf));
  const gone = previous.tables.map(nameOf).filter((name) => !left.has(name));
  if (gone.length === 0) return [];
  const told = gone.slice(0, NAMES_TOLD).join(', ');
  return [`${gone.length} tables are gone (${told}${gone.length > NAMES_TOLD ? ', …' : ''})`];
}

function rowsOf({ tables }: BackupContent): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

function nameOf({ schema, name }: BackupContent['tables'][number]): string {
  return `${schema}.${name}`;
}
