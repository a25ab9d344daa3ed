import type { BackupReader } from '../../container/read/backup-reader';
import type { ArchiveSource } from './archive-toc';
import { harmlessArchive } from './harmless-archive';

/** The archive that describes the schema, as it is loaded: nothing in it connects to another server. */
export function schemaArchive(reader: BackupReader, signal: AbortSignal): ArchiveSource {
  return () => harmlessArchive(reader.readStream(reader.schemaStream, { signal }));
}
