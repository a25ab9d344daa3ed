import type { ByteSink } from '../../engine/bytes/byte-sink';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { verifyForward } from '../../engine/container/read/forward-reader';
import { openV1, verifyV1Forward } from '../../engine/container/v1/v1-reader';
import type { PendingFile, Storage } from '../../engine/storage/storage';
import { isFirstVersion, peek } from './peek';
import { WriteBehind } from './write-behind';

/** What reading all of a file has shown. */
export interface VerifiedContent {
  /** SHA-256 of the file, lower-case hex. */
  readonly checksum: string;
  readonly about: Pick<BackupReader, 'index' | 'keyId' | 'checksums'>;
  /** Whether every digest in the index was compared. If a stream has a checksum, too, its digest needs a second reading. */
  readonly isDigested: boolean;
}

/**
 * Writes a container as it arrives, and verifies it.
 *
 * @param chunks no other code holds them
 */
export async function writeVerified(
  chunks: AsyncIterable<Uint8Array>,
  pending: PendingFile,
  { storage, keyRing, signal }: { storage: Storage; keyRing: KeyRing; signal: AbortSignal },
): Promise<VerifiedContent> {
  const { first, all } = await peek(chunks);
  if (!isFirstVersion(first)) {
    const options = { signal, isOwner: true, skipsDigests: true };
    const found = await verifyForward(written(all, [pending]), keyRing, options);
    const { sha256: checksum, index, keyId, isDigested } = found;
    return { checksum, about: { index, keyId }, isDigested };
  }
  // Version 1 says what it is in the middle of it, so it is read twice, and what is pending cannot be read.
  const spool = await storage.spool();
  try {
    await verifyV1Forward(written(all, [spool, pending]), keyRing);
    const { sha256: checksum, reader: about } = await openV1(spool, keyRing, { signal });
    return { checksum, about, isDigested: true };
  } finally {
    await spool.close();
  }
}

/** The same chunks. When they end, all of them are in the files. */
async function* written(
  chunks: AsyncIterable<Uint8Array>,
  files: readonly ByteSink[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const writer = new WriteBehind(files);
  try {
    for await (const chunk of chunks) {
      await writer.add(chunk);
      yield chunk;
    }
    await writer.end();
  } finally {
    // The caller may remove the files now: no write may still be under way.
    await writer.stop();
  }
}
