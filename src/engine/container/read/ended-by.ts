import type { BackupReader } from './backup-reader';

/** The same reader, whose streams end with the signal's reason when that aborts. */
export function endedBy(reader: BackupReader, signal: AbortSignal): BackupReader {
  const { index, schemaStream, isOneArchive, isListed, isOurs, keyId } = reader;
  return {
    ...{ index, schemaStream, isOneArchive, isListed, isOurs, keyId },
    readStream: (name, options) => reader.readStream(name, { signal, ...options }),
  };
}
