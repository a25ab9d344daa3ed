import { lend } from '../../engine/bytes/borrowed';
import type { ByteSink } from '../../engine/bytes/byte-sink';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { verifyForward } from '../../engine/container/read/forward-reader';
import { openV1, verifyV1Forward } from '../../engine/container/v1/v1-reader';
import type { PendingFile, Storage } from '../../engine/storage/storage';
import { isFirstVersion, peek } from './peek';

/** What reading all of a file has shown. */
export interface VerifiedContent {
  /** SHA-256 of the file, lower-case hex. */
  readonly checksum: string;
  readonly about: Pick<BackupReader, 'index' | 'keyId' | 'checksums'>;
}

/** Writes a container as it arrives, and verifies it. */
export async function writeVerified(
  chunks: AsyncIterable<Uint8Array>,
  pending: PendingFile,
  { storage, keyRing, signal }: { storage: Storage; keyRing: KeyRing; signal: AbortSignal },
): Promise<VerifiedContent> {
  const { first, all } = await peek(chunks);
  if (!isFirstVersion(first)) {
    const { sha256: checksum, index, keyId } = await verifyForward(written(all, [pending]), keyRing, { signal });
    return { checksum, about: { index, keyId } };
  }
  // Version 1 says what it is in the middle of it, so it is read twice, and what is pending cannot be read.
  const spool = await storage.spool();
  try {
    await verifyV1Forward(written(all, [spool, pending]), keyRing);
    const { sha256: checksum, reader: about } = await openV1(spool, keyRing, { signal });
    return { checksum, about };
  } finally {
    await spool.close();
  }
}

/** The chunks, each of them in the files before it is passed on. */
async function* written(
  chunks: AsyncIterable<Uint8Array>,
  files: readonly ByteSink[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    for (const file of files) await file.write(lend(chunk));
    yield chunk;
  }
}
