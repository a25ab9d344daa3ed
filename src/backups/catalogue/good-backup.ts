import { ArrayContains, type FindOptionsWhere, IsNull } from 'typeorm';
import type { BackupEntity, BackupSource } from './backup.entity';
import { WHOLE } from './scope';

/** A good backup is a success whose file is as it was. */
export const GOOD = { status: 'success', fileFault: IsNull(), removing: IsNull() } as const;

/** The same in SQL, of a row by its alias. */
export function isGood(row: string): string {
  return `${row}.status = 'success' AND ${row}.file_fault IS NULL AND ${row}.removing IS NULL`;
}

/** A good backup of the whole database. */
export function goodWhole(source: BackupSource): FindOptionsWhere<BackupEntity> {
  return { ...GOOD, source, scope: ArrayContains([WHOLE]) };
}
