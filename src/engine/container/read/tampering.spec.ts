import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { faultOf, READERS, readers } from '../../../../test/support/container-readers';
import { containerOf, PLAIN, testKey, testRing } from '../../../../test/support/containers';
import { isLong } from '../../../../test/support/form';
import { assembled, framesOf, idOf, withIndex, withStream } from '../../../../test/support/forged-container';
import type { ContainerFault } from '../format/container-error';
import { openContainer } from './container-reader';
import { FRAME_HEADER_BYTES, INDEX_STREAM_ID, SEGMENT_BYTES } from '../format/layout';
import { type ContainerIndex, encodeOffsets, type StreamEntry } from '../format/manifest';
import { bufferSource } from '../format/random-source';

/** Made when it is first asked for, and never changed: tests change copies. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};

const small = once(() =>
  containerOf([
    { name: 'schema', plain: Buffer.from('create table t (id int);'), kind: 'schema' },
    { name: 'rows/0', kind: 'rows', plain: Buffer.from('1\n2\n3\n'), compression: PLAIN },
  ]),
);

/** Streams 0 and 1 with three segments each, which alternate. */
const ofThreeSegments = () => {
  const plain = () => randomBytes(2 * SEGMENT_BYTES + 1000);
  return containerOf([
    { name: 'rows/0', kind: 'rows', plain: plain(), compression: PLAIN },
    { name: 'data/0', plain: plain(), compression: PLAIN },
  ]);
};
const large = once(ofThreeSegments);
const otherLarge = once(ofThreeSegments);
const huge = once(async () => withIndex(await small(), (index) => ({ ...index, padding: 'x'.repeat(65 * 1_048_576) })));

/** In the short form, each reader tries its share of the places. */
const STEP = isLong ? 1 : readers.length;

describe.each(readers)('%s', (name, read) => {
  const first = isLong ? 0 : readers.findIndex(([other]) => other === name);

  it('accepts an untouched container', async () => {
    expect(await faultOf(read, await small())).toBe('accepted');
    expect(await faultOf(read, await large())).toBe('accepted');
  });

  it('refuses a small file cut at any length', async () => {
    const file = await small();
    for (let length = first; length < file.length; length += STEP) {
      const expected: ContainerFault = length < 4 ? 'not_a_container' : 'truncated';
      expect([length, await faultOf(read, file.subarray(0, length))]).toEqual([length, expected]);
    }
  });

  it('refuses a small file with any byte changed', async () => {
    const file = await small();
    const accepted: string[] = [];
    for (let at = first; at < file.length; at += STEP) {
      for (const mask of isLong ? [0x01, 0x80, 0xff] : [0x01]) {
        const changed = Buffer.from(file);
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        const fault = await faultOf(read, changed);
        if (fault === 'accepted' || fault.startsWith('untyped')) accepted.push(`byte ${at} ^ ${mask}: ${fault}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it('refuses bytes behind the end', async () => {
    const fault = await faultOf(read, Buffer.concat([await small(), Buffer.of(0)]));
    expect(fault).toBe(name === 'readStream' ? 'truncated' : 'trailing_data');
    expect(await faultOf(read, Buffer.concat([await small(), await small()]))).not.toBe('accepted');
  });

  it.each([
    ['two segments of a stream are swapped', (own: Buffer[]) => swap(own, 0, 2)],
    ['two later segments of a stream are swapped', (own: Buffer[]) => swap(own, 2, 4)],
    ['a segment is dropped', (own: Buffer[]) => own.toSpliced(2, 1)],
    ['the last segment is dropped', (own: Buffer[]) => own.toSpliced(4, 1)],
    ['a whole stream is dropped', (own: Buffer[]) => own.filter((frame) => idOf(frame) !== 1)],
    ['a segment is doubled', (own: Buffer[]) => own.toSpliced(2, 0, own[2]!)],
    ['the last segment is doubled', (own: Buffer[]) => own.toSpliced(4, 0, own[4]!)],
    ['a segment comes from another stream', (own: Buffer[]) => own.with(2, relabelled(own[3]!, 0))],
    ['frames of two streams have changed places', (own: Buffer[]) => swap(own, 0, 1)],
    ['a segment comes from another file', (own: Buffer[], other: Buffer[]) => own.with(2, other[2]!)],
    [
      'a stream comes from another file',
      (own: Buffer[], other: Buffer[]) => own.map((f, i) => (idOf(f) === 0 ? other[i]! : f)),
    ],
    ['the index comes from another file', (own: Buffer[], other: Buffer[]) => own.with(6, other[6]!)],
    ['a frame has an unknown stream id', (own: Buffer[]) => own.with(2, relabelled(own[2]!, 9))],
    ['a first frame has an unknown stream id', (own: Buffer[]) => own.with(0, relabelled(own[0]!, 9))],
    ['a frame claims 2^32 - 1 bytes', (own: Buffer[]) => own.with(2, claiming(own[2]!, 2 ** 32 - 1))],
    ['a frame claims one byte too many', (own: Buffer[]) => own.with(2, claiming(own[2]!, SEGMENT_BYTES + 1))],
    [
      'a frame claims nothing',
      (own: Buffer[]) => own.toSpliced(2, 0, claiming(own[2]!.subarray(0, FRAME_HEADER_BYTES), 0)),
    ],
    ['a frame follows the index', (own: Buffer[]) => [...own, own[0]!]],
    ['a frame stands between the frames of streams', (own: Buffer[]) => own.toSpliced(1, 0, own[6]!)],
  ])('refuses a file in which %s', async (_, change) => {
    const [file, other] = [await large(), await otherLarge()];
    const frames = framesOf(file);
    expect(frames.map(idOf)).toEqual([0, 1, 0, 1, 0, 1, INDEX_STREAM_ID]);
    const fault = await faultOf(read, assembled(file, change(frames, framesOf(other))));
    expect(fault).toMatch(/^(corrupted|index_mismatch|trailing_data|truncated)$/);
  });

  it('refuses the header of another file', async () => {
    const [file, other] = [await large(), await otherLarge()];
    expect(await faultOf(read, assembled(other, framesOf(file)))).toBe('corrupted');
  });

  it.each<[string, (index: ContainerIndex) => unknown, string]>([
    ['is not an object', () => [], 'index_mismatch'],
    ['is of another format', (index) => ({ ...index, format: 3 }), 'index_mismatch'],
    [
      'lists a stream twice',
      (index) => ({ ...index, streams: [...index.streams, index.streams[0]] }),
      'index_mismatch',
    ],
    ['names two streams alike', (index) => withStream(index, { name: 'data/0' }), 'index_mismatch'],
    ['leaves a stream out', (index) => ({ ...index, streams: index.streams.slice(1) }), 'index_mismatch'],
    [
      'lists a stream that is not there',
      (index) => ({ ...index, streams: [...index.streams, { ...index.streams[0], id: 5, name: 'x' }] }),
      'index_mismatch',
    ],
    ['gives the index id to a stream', (index) => withStream(index, { id: INDEX_STREAM_ID }), 'index_mismatch'],
    ['says a frame is elsewhere', (index) => withStream(index, { frame_offsets: encodeOffsets([129]) }), 'elsewhere'],
    ['says too many segments', (index) => withStream(index, { segments: 2 }), 'index_mismatch'],
    [
      'has offsets in unpadded base64',
      (index) => withStream(index, { frame_offsets: 'AAAAAAAAAIA' }),
      'index_mismatch',
    ],
    ['says a stream is stored in fewer bytes', (index) => withStream(index, { stored_size: 60 }), 'index_mismatch'],
    ['says a negative size', (index) => withStream(index, { plain_size: -1 }), 'index_mismatch'],
  ])('refuses an index that %s', async (_, change, expected) => {
    const fault = await faultOf(read, await withIndex(await small(), change));
    // A random reader finds something else, or nothing, where the index sends it.
    if (expected === 'elsewhere' && name === 'readStream')
      expect(fault).toMatch(/^(corrupted|index_mismatch|truncated)$/);
    else expect(fault).toBe(expected === 'elsewhere' ? 'index_mismatch' : expected);
  });

  it('refuses an index beyond 64 MiB', async () => {
    expect(await faultOf(read, await huge())).toBe('index_too_large');
  });
});

describe.each(readers)('%s, of a stream whose writer had the key', (name, read) => {
  /** A file whose first stream holds these bytes as they are, and says of them what it wants. */
  async function claimingOf(stored: Buffer, changes: Partial<Record<keyof StreamEntry, unknown>>): Promise<Buffer> {
    return withIndex(await containerOf([{ name: 'data/0', plain: stored, compression: PLAIN }]), (index) =>
      withStream(index, changes),
    );
  }

  it.each([
    ['is not zstd though the index says so', Buffer.from('not zstd'), { compression: 'zstd' }],
    [
      'is two zstd frames',
      Buffer.concat([zstdCompressSync('a'), zstdCompressSync('b')]),
      { compression: 'zstd', plain_size: 2 },
    ],
    [
      'has a byte behind its zstd frame',
      Buffer.concat([zstdCompressSync('a'), Buffer.of(0)]),
      { compression: 'zstd', plain_size: 1 },
    ],
    ['is a zstd frame cut short', zstdCompressSync('abc').subarray(0, -1), { compression: 'zstd', plain_size: 3 }],
  ])('refuses one that %s', async (_, stored, changes) => {
    expect(await faultOf(read, await claimingOf(stored, changes))).toBe('corrupted');
  });

  it('refuses one whose checksum is another, or that has neither checksum nor digest', async () => {
    const checked = zstdCompressSync('abc', { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    const says = { compression: 'zstd', plain_size: 3 };
    expect(await faultOf(read, await claimingOf(checked, says))).toBe('accepted');
    const wrong = Buffer.from(checked);
    wrong.writeUInt8(wrong.readUInt8(wrong.length - 1) ^ 1, wrong.length - 1);
    expect(await faultOf(read, await claimingOf(wrong, says))).toBe('corrupted');
    expect(await faultOf(read, await claimingOf(zstdCompressSync('abc'), says))).toBe('index_mismatch');
  });

  it('checks the digest of one that has a checksum, too', async () => {
    const checked = zstdCompressSync('abc', { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    const says = { compression: 'zstd', plain_size: 3, plain_sha256: '0'.repeat(64) };
    expect(await faultOf(read, await claimingOf(checked, says))).toBe('digest_mismatch');
  });

  it('refuses one that is longer or shorter than the index says', async () => {
    const stored = Buffer.from('abc');
    expect(await faultOf(read, await claimingOf(stored, { plain_size: 2 }))).toBe('index_mismatch');
    expect(await faultOf(read, await claimingOf(stored, { plain_size: 4 }))).toBe('index_mismatch');
  });

  it('refuses one with another digest', async () => {
    expect(await faultOf(read, await claimingOf(Buffer.from('abc'), { plain_sha256: '0'.repeat(64) }))).toBe(
      'digest_mismatch',
    );
  });

  it('refuses a compressed one with another digest or more output than it says, where it decompresses', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(30_000_000));
    const changes = { compression: 'zstd', plain_size: 1000 };
    expect(await faultOf(read, await claimingOf(bomb, changes))).toBe('index_mismatch');
    const other = { compression: 'zstd', plain_size: 3, plain_sha256: '0'.repeat(64) };
    expect(await faultOf(read, await claimingOf(zstdCompressSync('abc'), other))).toBe('digest_mismatch');
  });
});

describe('an error', () => {
  it('names stream and segment', async () => {
    const file = Buffer.from(await large());
    const third = framesOf(file)[2]!;
    third.writeUInt8(third.readUInt8(100) ^ 1, 100);
    const known = { streamId: 0, streamName: 'rows/0', segment: 1 };
    await expect(READERS.verifyContainer(file)).rejects.toMatchObject({ fault: 'corrupted', details: known });
    await expect(READERS.readStream(file)).rejects.toMatchObject({ fault: 'corrupted', details: known });
    await expect(READERS.verifyForward(file)).rejects.toMatchObject({
      fault: 'corrupted',
      details: { streamId: 0, segment: 1 },
    });
  });

  it('tells a key that is missing from a header that was changed', async () => {
    const file = await containerOf([], testKey(2));
    await expect(READERS.verifyContainer(file)).rejects.toMatchObject({
      fault: 'key_not_in_ring',
      details: { neededKeyId: testKey(2).id, presentKeyIds: [testKey(1).id] },
    });
  });
});

it('gives out nothing of a segment before its tag has been verified', async () => {
  const plain = randomBytes(2 * SEGMENT_BYTES);
  const file = Buffer.from(await containerOf([{ name: 'data/0', plain, compression: PLAIN }]));
  const second = framesOf(file)[1]!;
  second.writeUInt8(second.readUInt8(second.length - 1) ^ 1, second.length - 1);
  const reader = await openContainer(bufferSource(file), testRing);
  let received = 0;
  const reading = (async () => {
    for await (const chunk of reader.readStream('data/0')) received += chunk.length;
  })();
  await expect(reading).rejects.toMatchObject({ fault: 'corrupted' });
  expect(received).toBe(1_048_520);
});

function swap(frames: readonly Buffer[], a: number, b: number): Buffer[] {
  return frames.with(a, frames[b]!).with(b, frames[a]!);
}

function relabelled(frame: Buffer, streamId: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt16BE(streamId, 0);
  return copy;
}

function claiming(frame: Buffer, lengthBytes: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt32BE(lengthBytes, 2);
  return copy;
}
