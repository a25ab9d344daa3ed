import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { chunksOf, collect, PLAIN, ZSTD } from '../../../../test/support/containers';
import { present } from '../../optional/present';
import { compress, decompress, LARGE_PIECE_BYTES } from './compression';
import type { StreamEntry } from '../format/manifest';
import { ZstdFrameWalker } from './zstd-frame';

const entry: StreamEntry = {
  id: 3,
  name: 'data/0',
  kind: 'data',
  compression: 'zstd',
  plain_size: 0,
  plain_sha256: '',
  stored_size: 0,
  segments: 1,
  frame_offsets: '',
};
const refusal = { fault: 'corrupted', details: { streamId: 3, streamName: 'data/0' } };
const walked = (bytes: Buffer) => {
  const walker = new ZstdFrameWalker();
  return { usedBytes: walker.push(bytes), isComplete: walker.isComplete, isInvalid: walker.isInvalid };
};
const oneFrame = (bytes: Buffer) => ({ usedBytes: bytes.length, isComplete: true, isInvalid: false });

describe('compress', () => {
  it.each([0, 1, 65_536, 262_144, 524_288, 524_289, 3_000_000])(
    'makes exactly one frame of %d bytes',
    async (sizeBytes) => {
      const plain = Buffer.alloc(sizeBytes, 'some text that compresses well, ');
      const stored = await collect(compress(ZSTD, chunksOf(plain, 65_536)));
      expect(walked(stored)).toEqual(oneFrame(stored));
      expect(plain.equals(await collect(decompress(entry, chunksOf(stored, 1_000_000))))).toBe(true);
    },
  );

  it('makes exactly one frame when the output exactly fills a buffer of the compressor', async () => {
    const bufferBytes = 262_144;
    const random = randomBytes(bufferBytes);
    const overhead = (await collect(compress(ZSTD, chunksOf(random, 65_536)))).length - bufferBytes;
    let hasFilled = false;
    for (let less = overhead - 4; less <= overhead + 4; less += 1) {
      const plain = random.subarray(0, bufferBytes - less);
      const stored = await collect(compress(ZSTD, chunksOf(plain, 65_536)));
      expect(walked(stored)).toEqual(oneFrame(stored));
      hasFilled ||= stored.length === bufferBytes;
    }
    expect(hasFilled).toBe(true);
  });

  it('leaves a stream without compression as it is', async () => {
    const plain = randomBytes(200_000);
    expect(plain.equals(await collect(compress(PLAIN, chunksOf(plain, 1000))))).toBe(true);
  });

  it('closes its source when the consumer stops, and fails with the error of its source', async () => {
    let isClosed = false;
    const endless = async function* () {
      try {
        for (;;) {
          await new Promise(setImmediate);
          yield randomBytes(100_000);
        }
      } finally {
        await new Promise(setImmediate);
        isClosed = true;
      }
    };
    for await (const chunk of compress(ZSTD, endless())) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(isClosed).toBe(true);

    const failing = async function* () {
      yield Buffer.from('begun');
      await new Promise(setImmediate);
      throw new Error('the tool was killed');
    };
    await expect(collect(compress(ZSTD, failing()))).rejects.toThrow('the tool was killed');
    await expect(collect(compress(PLAIN, failing()))).rejects.toThrow('the tool was killed');
  });

  it('stops when it is aborted, even while its source gives nothing', async () => {
    const abort = new AbortController();
    const waiting = async function* () {
      yield Buffer.from('begun');
      await new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()));
    };
    const result = collect(compress(ZSTD, waiting(), abort.signal));
    abort.abort();
    await expect(result).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('decompress', () => {
  const frame = zstdCompressSync(Buffer.alloc(100_000, 'abc'));
  const empty = zstdCompressSync(Buffer.alloc(0));
  // RFC 8878: descriptor with a window of 2^28, one empty raw block.
  const wideWindow = Buffer.from('28b52ffd0090010000', 'hex');
  const withDictionary = Buffer.from('28b52ffd010058' + '07010000', 'hex');

  it.each([
    ['nothing', [Buffer.alloc(0)]],
    ['a frame cut short', [frame.subarray(0, -1)]],
    ['two frames in one chunk', [Buffer.concat([frame, frame])]],
    ['two frames in two chunks', [frame, frame]],
    ['an empty frame behind a frame', [frame, empty]],
    ['a byte behind a frame', [Buffer.concat([frame, Buffer.of(0)])]],
    ['a byte behind a frame, in a chunk of its own', [frame, Buffer.of(0)]],
    ['a skippable frame in front', [Buffer.from('502a4d1800000000', 'hex'), frame]],
    ['something else', [Buffer.from('this is not zstd at all')]],
    ['a window beyond the limit', [wideWindow]],
    ['a frame that needs a dictionary', [withDictionary]],
    ['a frame with damaged blocks', [Buffer.concat([frame.subarray(0, 12), Buffer.alloc(frame.length - 12, 0xff)])]],
  ])('refuses %s', async (_, chunks) => {
    const source = async function* () {
      for (const chunk of chunks) {
        await new Promise(setImmediate);
        yield Buffer.from(chunk);
      }
    };
    await expect(collect(decompress(entry, source()))).rejects.toMatchObject(refusal);
  });

  it('frees what it has unfolded', async () => {
    const stored = zstdCompressSync(randomBytes(1_000_000));
    const chunks = [stored.subarray(0, 400_000), stored.subarray(400_000)].map((part) => Buffer.from(part));
    const source = async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    };
    expect(await collect(decompress(entry, source()))).toHaveLength(1_000_000);
    expect(chunks.map(({ length }) => length)).toEqual([0, 0]);
  });

  it('unfolds a small frame of much output in pieces', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(10_000);
    for (const pieceBytes of [undefined, LARGE_PIECE_BYTES]) {
      for await (const piece of decompress(entry, chunksOf(Buffer.from(bomb), 1_000_000), present({ pieceBytes }))) {
        expect(piece.length).toBeLessThanOrEqual(pieceBytes ?? 262_144);
        break;
      }
    }
  });
});

describe('ZstdFrameWalker', () => {
  it.each([1, 3, 9, 19])('finds the end of frames of level %d, however they are cut', (level) => {
    for (const plain of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(300_000, 'aab'), randomBytes(300_000)]) {
      for (const checksum of [0, 1]) {
        const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum };
        const frame = zstdCompressSync(plain, { params });
        const walker = new ZstdFrameWalker();
        const isWhole = [];
        for (let at = 0; at < frame.length; at += 7) {
          isWhole.push(walker.isComplete);
          walker.push(frame.subarray(at, at + 7));
        }
        expect(isWhole).not.toContain(true);
        expect(walker.isComplete).toBe(true);
        expect(walker.push(Buffer.of(1))).toBe(0);
      }
    }
  });
});
