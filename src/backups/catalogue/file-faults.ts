import type { ErrorCode } from '../../kernel/errors/error-table';
import type { BackupEntity, FileFault } from './backup.entity';

/** The error of whatever needs a file that has a fault. */
export const FAULT_CODES: Readonly<Record<FileFault, ErrorCode>> = {
  missing: 'backups.file_missing',
  changed: 'backups.checksum_mismatch',
  damaged: 'backups.checksum_mismatch',
};

/** Why a backup failed or, if it is a success, why its file cannot be used. `null` when nothing is wrong with it. */
export function whatIsWrong({ errorCode, fileFault }: Pick<BackupEntity, 'errorCode' | 'fileFault'>): ErrorCode | null {
  return errorCode ?? (fileFault === null ? null : FAULT_CODES[fileFault]);
}

/** What is known to be wrong with the file of a success; an earlier version noted it as an error code. */
export function knownFault({ errorCode, fileFault }: Pick<BackupEntity, 'errorCode' | 'fileFault'>): FileFault | null {
  if (fileFault !== null) return fileFault;
  if (errorCode === FAULT_CODES.missing) return 'missing';
  return errorCode === FAULT_CODES.changed ? 'changed' : null;
}
