import type { BackupReader } from '../backup-reader';
import { V1_STREAM } from '../container/v1/v1-reader';
import type { ArchiveSource } from './archive-list';

/** The archive that says what there is; in a version 1 file it holds the rows, too. */
export function schemaArchive(reader: BackupReader, signal: AbortSignal): ArchiveSource {
  return () => reader.readStream(reader.index.format === 1 ? V1_STREAM : 'schema', { signal });
}
