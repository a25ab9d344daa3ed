import type { ErrorCode } from '../../kernel/errors/error-table';
import type { FileFault } from './backup.entity';
import { whatIsWrong } from './file-faults';

describe('what is wrong with a backup', () => {
  it.each<[ErrorCode | null, FileFault | null, ErrorCode | null]>([
    [null, null, null],
    [null, 'missing', 'backups.file_missing'],
    [null, 'changed', 'backups.checksum_mismatch'],
    [null, 'damaged', 'backups.checksum_mismatch'],
    ['backups.no_space', null, 'backups.no_space'],
    // Failed comes first: it never had a file.
    ['backups.no_space', 'missing', 'backups.no_space'],
  ])('with the error %s and the fault %s is %s', (errorCode, fileFault, code) => {
    expect(whatIsWrong({ errorCode, fileFault })).toBe(code);
  });
});
