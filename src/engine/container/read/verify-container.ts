import { createHash } from 'node:crypto';
import { ContainerError } from '../format/container-error';
import { openContainer } from './container-reader';
import { readForward } from './forward-pass';
import type { KeyRing } from '../keys/key-ring';
import type { ContainerIndex, StreamEntry } from '../format/manifest';
import { type RandomSource, readSequentially } from '../format/random-source';
import { type PlainReader, StreamCheck } from './stream-check';

/** Read at once from the file; larger than a segment, so that most segments are taken out of it without copying. */
const BLOCK_BYTES = 2 * 1_048_576;

/** A stored container that was found whole. */
export interface VerifiedContainer {
  index: ContainerIndex;
  /** Id of the key it is sealed with, 16 hex digits. */
  keyId: string;
  /** UUID of the file. */
  fileId: string;
  /** SHA-256 of the whole file, lower-case hex. */
  sha256: string;
}

export interface VerifyOptions {
  signal?: AbortSignal;
  /** Called as the file is read. */
  onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** The reader of a stream of a version 2 file, if there is one. */
  readerOf?: (entry: StreamEntry) => PlainReader | undefined;
}

/**
 * Verifies a container in the full sense of docs/format.md, "Verified": header, every segment of every stream, last
 * flags, index, sizes and digests, and that no byte belongs to nothing; in one sequential pass, in constant memory.
 * @throws ContainerError
 */
export async function verifyContainer(
  source: RandomSource,
  ring: KeyRing,
  options: VerifyOptions = {},
): Promise<VerifiedContainer> {
  const { signal, onProgress } = options;
  const { index: expected } = await openOrExplain(source, ring, signal);
  const checks = new Map(
    expected.streams.map((entry) => [entry.id, new StreamCheck(entry, options.readerOf?.(entry), signal)]),
  );
  const fileDigest = createHash('sha256');
  const hashed = async function* () {
    let bytesDone = 0;
    for await (const block of readSequentially(source, BLOCK_BYTES, signal)) {
      fileDigest.update(block);
      bytesDone += block.length;
      onProgress?.(bytesDone, source.sizeBytes);
      yield block;
    }
  };
  try {
    const { header, index } = await readForward(hashed(), {
      ring,
      signal,
      isOwner: true,
      nameOf: (streamId) => checks.get(streamId)?.entry.name,
      onSegment: async (streamId, stored) => {
        const check = checks.get(streamId);
        if (check === undefined) throw notListed(streamId);
        await check.write(stored);
      },
    });
    for (const check of checks.values()) await check.finish();
    return { index, keyId: header.keyId, fileId: header.fileId, sha256: fileDigest.digest('hex') };
  } finally {
    await Promise.all([...checks.values()].map((check) => check.stop()));
  }
}

/** A file cut or extended at its end cannot be opened there; going through it from the front tells what is wrong with it. */
async function openOrExplain(source: RandomSource, ring: KeyRing, signal?: AbortSignal) {
  try {
    return await openContainer(source, ring);
  } catch (error) {
    if (error instanceof ContainerError && (error.fault === 'truncated' || error.fault === 'corrupted')) {
      await readForward(readSequentially(source, BLOCK_BYTES, signal), { ring, signal, onSegment: () => undefined });
    }
    throw error;
  }
}

function notListed(streamId: number): ContainerError {
  return new ContainerError('index_mismatch', `Stream ${streamId} is not in the index.`, { streamId });
}
