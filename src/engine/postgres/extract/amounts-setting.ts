import type { BackupReader } from '../../container/read/backup-reader';
import { mayHoldAmounts } from '../archive/amounts';
import { archiveEntries } from '../archive/archive-toc';

/**
 * The `lc_monetary` under which amounts of a backup were written. Only amounts need it, and another server may not have it.
 *
 * @returns `undefined` when the backup does not say, or holds no amounts
 */
export async function lcMonetaryOf(reader: BackupReader, signal?: AbortSignal): Promise<string | undefined> {
  const { lc_monetary: written } = reader.index.database;
  if (written === undefined) return undefined;
  const archive = reader.readStream(reader.schemaStream, signal === undefined ? {} : { signal });
  for await (const entry of archiveEntries(archive)) if (mayHoldAmounts(entry)) return written;
  return undefined;
}
