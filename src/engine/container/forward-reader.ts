import { createHash, type Hash } from 'node:crypto';
import { notOneFrame } from './compression';
import { ContainerError } from './container-error';
import { readForward } from './forward-pass';
import type { KeyRing } from './key-ring';
import type { ContainerIndex, StreamEntry } from './manifest';
import { ZstdFrameWalker } from './zstd-frame';

/** An arriving container that was found whole. */
export interface ArrivedContainer {
  index: ContainerIndex;
  /** Id of the key it is sealed with, 16 hex digits. */
  keyId: string;
  /** UUID of the file. */
  fileId: string;
  sizeBytes: number;
  /** SHA-256 of the whole file, lower-case hex. */
  sha256: string;
}

/**
 * Authenticates a container while it arrives, in one pass and without keeping it. Since the index comes last, nothing is
 * decompressed: of compressed streams the outline is checked, and their digests need `verifyContainer` afterwards.
 * @param chunks the file's bytes; they must not be changed after they have been handed over
 * @throws ContainerError
 */
export async function verifyForward(
  chunks: AsyncIterable<Uint8Array>,
  ring: KeyRing,
  options: { signal?: AbortSignal } = {},
): Promise<ArrivedContainer> {
  const fileDigest = createHash('sha256');
  const hashed = async function* () {
    for await (const chunk of chunks) {
      fileDigest.update(chunk);
      yield chunk;
    }
  };
  const contents = new Map<number, StoredContent>();
  const { header, index, sizeBytes } = await readForward(hashed(), {
    ring,
    signal: options.signal,
    onSegment: (streamId, stored) => {
      const content = contents.get(streamId) ?? {
        sizeBytes: 0,
        digest: createHash('sha256'),
        walker: new ZstdFrameWalker(),
        surplusBytes: 0,
      };
      contents.set(streamId, content);
      content.sizeBytes += stored.length;
      content.digest.update(stored);
      content.surplusBytes += stored.length - content.walker.push(stored);
    },
  });
  for (const entry of index.streams) checkContent(entry, contents.get(entry.id));
  return { index, keyId: header.keyId, fileId: header.fileId, sizeBytes, sha256: fileDigest.digest('hex') };
}

/** A stream as it is stored. Whether it is compressed is known only when the index has come, so both are followed. */
interface StoredContent {
  sizeBytes: number;
  digest: Hash;
  walker: ZstdFrameWalker;
  /** Bytes that do not belong to a zstd frame. */
  surplusBytes: number;
}

function checkContent(entry: StreamEntry, content: StoredContent | undefined): void {
  const details = { streamId: entry.id, streamName: entry.name };
  if (entry.compression === 'zstd') {
    if (content?.walker.isComplete === true && content.surplusBytes === 0) return;
    throw notOneFrame(entry);
  }
  if (content?.sizeBytes !== entry.plain_size) {
    throw new ContainerError('index_mismatch', `Stream ${entry.name} is not as long as the index says.`, details);
  }
  if (content.digest.digest('hex') !== entry.plain_sha256) {
    throw new ContainerError(
      'digest_mismatch',
      `Stream ${entry.name} does not have the digest that the index says.`,
      details,
    );
  }
}
