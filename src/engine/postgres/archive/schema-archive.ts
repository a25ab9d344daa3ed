import type { BackupReader } from '../../container/read/backup-reader';
import { V1_STREAM } from '../../container/v1/v1-reader';
import type { ArchiveSource } from './archive-toc';
import { harmlessArchive } from './harmless-archive';

/**
 * The archive that says what there is, as it is loaded: nothing in it connects to another server. In a version 1 file it holds the
 * rows, too.
 */
export function schemaArchive(reader: BackupReader, signal: AbortSignal): ArchiveSource {
  return () => harmlessArchive(reader.readStream(reader.index.format === 1 ? V1_STREAM : 'schema', { signal }));
}
