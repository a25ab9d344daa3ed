import { createHash } from 'node:crypto';
import { ContainerError, type ContainerFault } from '../format/container-error';
import type { StreamEntry } from '../format/manifest';
import { decompress } from '../zstd/compression';

/**
 * The plaintext of a stream, compared with what the index says of it. It is known to be whole only when the generator has ended
 * without an error.
 *
 * @param stored the opened segments, which no other code holds: those of what is compressed are freed
 * @param options `pieceBytes` are the most of a piece of what is compressed
 * @throws ContainerError `index_mismatch` as soon as there is more than the index says, so that no bomb unfolds, and when there was
 *   less; `corrupted`; `digest_mismatch`
 */
export async function* checkedPlaintext(
  entry: StreamEntry,
  stored: AsyncIterable<Buffer>,
  options: { readonly signal?: AbortSignal | undefined; readonly pieceBytes?: number } = {},
): AsyncGenerator<Buffer, void, undefined> {
  const digest = entry.plain_sha256 === undefined ? undefined : createHash('sha256');
  let sizeBytes = 0;
  let hasChecksum = false;
  const onFrame = (frame: { readonly hasChecksum: boolean }): void => void (hasChecksum = frame.hasChecksum);
  const unfolded = decompress(entry, stored, { ...options, onFrame });
  for await (const chunk of entry.compression === 'zstd' ? unfolded : stored) {
    sizeBytes += chunk.length;
    if (sizeBytes > entry.plain_size) throw wrong(entry, 'index_mismatch', 'is longer than the index says');
    digest?.update(chunk);
    yield chunk;
  }
  if (sizeBytes !== entry.plain_size) throw wrong(entry, 'index_mismatch', 'is shorter than the index says');
  checkDigest(entry, { sha256: digest?.digest('hex'), hasChecksum });
}

/**
 * Compares a plaintext with the digest in the index. A stream without one must be compressed with a checksum, which has been
 * checked, or not be compressed: then all of it was authenticated.
 *
 * @throws ContainerError `digest_mismatch`, or `index_mismatch` when there is nothing to compare with
 */
export function checkDigest(
  entry: StreamEntry,
  found: { readonly sha256: string | undefined; readonly hasChecksum: boolean },
): void {
  if (entry.plain_sha256 === undefined) {
    const isChecked = entry.compression === 'none' || found.hasChecksum;
    if (!isChecked) throw wrong(entry, 'index_mismatch', 'has neither a digest nor a checksum');
  } else if (found.sha256 !== entry.plain_sha256) {
    throw wrong(entry, 'digest_mismatch', 'does not have the digest that the index says');
  }
}

function wrong({ id, name }: StreamEntry, fault: ContainerFault, what: string): ContainerError {
  return new ContainerError(fault, `Stream ${name} ${what}.`, { streamId: id, streamName: name });
}
