import { createHash, type Hash } from 'node:crypto';
import { notOneFrame } from '../zstd/compression';
import { ContainerError } from '../format/container-error';
import { readForward } from './forward-pass';
import type { KeyRing } from '../keys/key-ring';
import type { ContainerIndex, StreamEntry } from '../format/manifest';
import { checkDigest } from './plain-check';
import { beginsAsZstd, UnfoldedStream } from './unfolded-stream';

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
 * Verifies a container while it arrives, in one pass and without keeping it, in the full sense of docs/format.md,
 * "Verified". What looks compressed is decompressed before the index, which comes last, has said that it is.
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
  try {
    const { header, index, sizeBytes } = await readForward(hashed(), {
      ring,
      signal: options.signal,
      onSegment: async (streamId, stored, isLast) => {
        const content = contents.get(streamId) ?? {
          sizeBytes: 0,
          digest: createHash('sha256'),
          unfolded: beginsAsZstd(stored) ? new UnfoldedStream(streamId, options.signal) : undefined,
        };
        contents.set(streamId, content);
        content.sizeBytes += stored.length;
        content.digest.update(stored);
        await content.unfolded?.write(stored, isLast);
      },
    });
    for (const entry of index.streams) await checkContent(entry, contents.get(entry.id));
    return { index, keyId: header.keyId, fileId: header.fileId, sizeBytes, sha256: fileDigest.digest('hex') };
  } finally {
    await Promise.all([...contents.values()].map(async ({ unfolded }) => unfolded?.stop()));
  }
}

/** A stream as it is stored. Whether it is compressed is known only when the index has come, so both are followed. */
interface StoredContent {
  sizeBytes: number;
  digest: Hash;
  /** What it unfolds to, if it looks compressed. */
  unfolded: UnfoldedStream | undefined;
}

async function checkContent(entry: StreamEntry, content: StoredContent | undefined): Promise<void> {
  if (entry.compression === 'none') {
    const sha256 = content?.digest.digest('hex');
    compare(entry, { sizeBytes: content?.sizeBytes, sha256, hasChecksum: false });
    return;
  }
  if (content?.unfolded === undefined) throw notOneFrame(entry);
  compare(entry, await content.unfolded.finish(entry.plain_size));
}

function compare(
  entry: StreamEntry,
  found: { sizeBytes: number | undefined; sha256: string | undefined; hasChecksum: boolean },
): void {
  if (found.sizeBytes !== entry.plain_size) {
    const details = { streamId: entry.id, streamName: entry.name };
    throw new ContainerError('index_mismatch', `Stream ${entry.name} is not as long as the index says.`, details);
  }
  checkDigest(entry, found);
}
