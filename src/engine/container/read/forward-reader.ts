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
  /** False if a digest in the index was not compared, because its stream has a checksum. */
  isDigested: boolean;
}

export interface ForwardOptions {
  signal?: AbortSignal;
  /** No other code holds the chunks: their memory is freed as they are used. */
  isOwner?: boolean;
  /**
   * A stream with a checksum is not hashed. The index, which comes last, says whether there is a digest to compare, and
   * hashing a file that has none takes as long as the rest of the verification. If {@link ArrivedContainer.isDigested} is
   * false, the caller has to verify the file once more.
   */
  skipsDigests?: boolean;
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
  { signal, isOwner, skipsDigests = false }: ForwardOptions = {},
): Promise<ArrivedContainer> {
  const fileDigest = createHash('sha256');
  const hashed = async function* () {
    for await (const chunk of chunks) {
      fileDigest.update(chunk);
      yield chunk;
    }
  };
  const contents = new Map<number, StoredContent>();
  const contentOf = (streamId: number, first: Buffer, isAll: boolean): StoredContent => {
    const isZstd = beginsAsZstd(first);
    return {
      sizeBytes: 0,
      digest: isZstd && skipsDigests ? undefined : createHash('sha256'),
      unfolded: isZstd ? new UnfoldedStream(streamId, { skipsDigests, isLarge: !isAll }, signal) : undefined,
    };
  };
  try {
    const { header, index, sizeBytes } = await readForward(hashed(), {
      ring,
      signal,
      isOwner,
      onSegment: async (streamId, stored, isLast) => {
        const content = contents.get(streamId) ?? contentOf(streamId, stored, isLast);
        contents.set(streamId, content);
        content.sizeBytes += stored.length;
        content.digest?.update(stored);
        await content.unfolded?.write(stored, isLast);
      },
    });
    let isDigested = true;
    for (const entry of index.streams) {
      const found = await foundOf(entry, contents.get(entry.id));
      compare(entry, found);
      isDigested &&= entry.plain_sha256 === undefined || found.sha256 !== undefined;
    }
    const { keyId, fileId } = header;
    return { index, keyId, fileId, sizeBytes, sha256: fileDigest.digest('hex'), isDigested };
  } finally {
    await Promise.all([...contents.values()].map(async ({ unfolded }) => unfolded?.stop()));
  }
}

/** A stream as it is stored. Whether it is compressed is known only when the index has come, so both are followed. */
interface StoredContent {
  sizeBytes: number;
  digest: Hash | undefined;
  /** What it unfolds to, if it looks compressed. */
  unfolded: UnfoldedStream | undefined;
}

/** Findings about a stream, read as its entry says that it is compressed. */
interface Found {
  readonly sizeBytes: number | undefined;
  /** Missing when it was skipped. */
  readonly sha256: string | undefined;
  readonly hasChecksum: boolean;
}

async function foundOf(entry: StreamEntry, content: StoredContent | undefined): Promise<Found> {
  if (entry.compression === 'none') {
    return { sizeBytes: content?.sizeBytes, sha256: content?.digest?.digest('hex'), hasChecksum: false };
  }
  if (content?.unfolded === undefined) throw notOneFrame(entry);
  return content.unfolded.finish(entry.plain_size);
}

function compare(entry: StreamEntry, found: Found): void {
  if (found.sizeBytes !== entry.plain_size) {
    const details = { streamId: entry.id, streamName: entry.name };
    throw new ContainerError('index_mismatch', `Stream ${entry.name} is not as long as the index says.`, details);
  }
  const isSkipped = entry.plain_sha256 !== undefined && found.sha256 === undefined;
  if (!isSkipped) checkDigest(entry, found);
}
