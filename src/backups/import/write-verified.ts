import { lend } from '../../engine/bytes/borrowed';
import { verifyBackup } from '../../engine/backup/open-backup';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { verifyForward } from '../../engine/container/read/forward-reader';
import { verifyV1Forward } from '../../engine/container/v1/v1-reader';
import type { PendingFile } from '../../engine/storage/storage';
import { isFirstVersion, peek } from './peek';

/**
 * Writes a container as it arrives, and verifies it.
 *
 * @returns SHA-256 of the file
 */
export async function writeVerified(
  chunks: AsyncIterable<Uint8Array>,
  pending: PendingFile,
  keyRing: KeyRing,
  signal: AbortSignal,
): Promise<string> {
  const { first, all } = await peek(chunks);
  const arriving = written(all, pending);
  if (!isFirstVersion(first)) return (await verifyForward(arriving, keyRing, { signal })).sha256;
  await verifyV1Forward(arriving, keyRing);
  return verifyBackup(pending, keyRing, { signal });
}

/** The chunks, each of them in the file before it is passed on. */
async function* written(
  chunks: AsyncIterable<Uint8Array>,
  pending: PendingFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    await pending.write(lend(chunk));
    yield chunk;
  }
}
