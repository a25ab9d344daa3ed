import type { BackupIndex } from '../../container/read/backup-reader';
import { type Finding, problem, warning } from '../../findings/finding';
import { isAmong, type RelationName } from '../server/relation-name';

/**
 * Rows need about as much room again, and until the commit or the drop of the old ones they live twice. How much is not known: on
 * the disk a database is larger than its rows by what it has bloated, and smaller by what it has compressed. With less than the
 * smaller of the two it cannot be done.
 */
export function spaceFindings(order: {
  readonly freeBytes: number | undefined;
  readonly index: BackupIndex;
  readonly scopeTables: readonly RelationName[] | undefined;
}): Finding[] {
  const { freeBytes, index, scopeTables } = order;
  const isOfScope = scopeTables === undefined ? undefined : isAmong(scopeTables);
  const tables = index.tables.filter((table) => isOfScope?.(table.partition_root ?? table) !== false);
  const tableBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const diskBytes = scopeTables !== undefined ? tableBytes : Math.max(index.database.size_bytes, tableBytes);
  const plainBytes = index.streams
    .filter(({ kind }) => kind === 'data' || kind === 'rows')
    .reduce((sum, { plain_size: size }) => sum + size, 0);
  if (freeBytes === undefined || freeBytes >= diskBytes) return [];
  const found = freeBytes < Math.min(diskBytes, plainBytes) ? problem : warning;
  return [found('server.little_room', { free: megabytes(freeBytes), needed: megabytes(diskBytes) })];
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
