import { ContainerError } from '../../src/engine/container/format/container-error';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { verifyForward } from '../../src/engine/container/read/forward-reader';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { verifyContainer } from '../../src/engine/container/read/verify-container';
import { chunksOf, collect, testRing } from './containers';

async function takeOne(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _chunk of chunks) return;
}

async function sayNothing(chunks: AsyncIterable<Buffer>): Promise<void> {
  await collect(chunks).catch(() => undefined);
}

/** Frees chunks as they are used, and reads the file again if a digest was skipped. */
async function readAsImport(file: Buffer): Promise<void> {
  const chunks = async function* () {
    for (let at = 0; at < file.length; at += 100_000) {
      yield await Promise.resolve(Buffer.from(new Uint8Array(file.subarray(at, at + 100_000))));
    }
  };
  const { isDigested } = await verifyForward(chunks(), testRing, { isOwner: true, skipsDigests: true });
  if (!isDigested) await verifyContainer(bufferSource(file), testRing);
}

/** The ways in which a file is read. Each must refuse whatever is wrong. */
export const READERS = {
  verifyContainer: (file: Buffer) => verifyContainer(bufferSource(file), testRing),
  'verifyContainer beside a reader of one chunk of each stream': (file: Buffer) =>
    verifyContainer(bufferSource(file), testRing, { readerOf: () => takeOne }),
  'verifyContainer beside a reader that swallows what is wrong': (file: Buffer) =>
    verifyContainer(bufferSource(file), testRing, { readerOf: () => sayNothing }),
  verifyForward: (file: Buffer) => verifyForward(chunksOf(file, 1_000_000), testRing),
  'an import, which skips digests until it knows that there are any': (file: Buffer) => readAsImport(file),
  readStream: async (file: Buffer) => {
    const reader = await openContainer(bufferSource(file), testRing);
    for (const { name } of reader.index.streams) await collect(reader.readStream(name));
  },
};
export const readers = Object.entries(READERS);

/** @returns `accepted`, or which fault the reader told of */
export async function faultOf(read: (file: Buffer) => Promise<unknown>, file: Buffer): Promise<string> {
  try {
    await read(file);
    return 'accepted';
  } catch (error) {
    return error instanceof ContainerError ? error.fault : `untyped: ${String(error)}`;
  }
}
