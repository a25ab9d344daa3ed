import type { ErrorCode } from '../../kernel/errors/error-table';
import type { BackupEntity, FileFault } from './backup.entity';

/** The error of whatever needs a file that has a fault. */
export const FAULT_CODES: Readonly<Record<FileFault, ErrorCode>> = {
  missing: 'backups.file_missing',
  changed: 'backups.checksum_mismatch',
};

/** Why a backup failed or, if it is a success, why its file cannot be used. `null` when nothing is wrong with it. */
export function whatIsWrong({ errorCode, fileFault }: Pick<BackupEntity, 'errorCode' | 'fileFault'>): ErrorCode | null {
  return errorCode ?? (fileFault === null ? null : FAULT_CODES[fileFault]);
}
