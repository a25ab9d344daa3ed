import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  chunksOf,
  collect,
  containerOf,
  MemorySink,
  PLAIN,
  testKey,
  testManifest,
  testRing,
  type TestStream,
  ZSTD,
} from '../../../../test/support/containers';
import type { Borrowed } from '../../bytes/borrowed';
import { openContainer } from '../read/container-reader';
import { ContainerWriter } from './container-writer';
import { verifyForward } from '../read/forward-reader';
import { bufferSource } from '../format/random-source';
import { verifyContainer } from '../read/verify-container';
import { itLong } from '../../../../test/support/form';

/** Plaintext that fits the first segment of a stream, and each later one (docs/format.md, "Streams"). */
const FIRST = 1_048_520;
const LATER = 1_048_560;

const manifest = testManifest();

async function expectRoundTrip(streams: readonly TestStream[]): Promise<Buffer> {
  const file = await containerOf(streams);
  const sha256 = createHash('sha256').update(file).digest('hex');
  expect(await verifyContainer(bufferSource(file), testRing)).toMatchObject({ sha256 });
  expect(await verifyForward(chunksOf(file, 65_537), testRing)).toMatchObject({ sha256, sizeBytes: file.length });
  const reader = await openContainer(bufferSource(file), testRing);
  await Promise.all(
    streams.map(async ({ name, plain }) => {
      expect((await collect(reader.readStream(name))).equals(plain)).toBe(true);
    }),
  );
  return file;
}

describe('a container', () => {
  it.each([
    [0, 1],
    [1, 1],
    [FIRST - 1, 1],
    [FIRST, 1],
    [FIRST + 1, 2],
    [FIRST + LATER - 1, 2],
    [FIRST + LATER, 2],
    [FIRST + LATER + 1, 3],
    [7_000_000, 7],
  ])('gives back %d bytes from %d segments', async (sizeBytes, segments) => {
    const plain = randomBytes(sizeBytes);
    const file = await expectRoundTrip([{ name: 'data/0', plain, compression: PLAIN }]);
    const { index } = await openContainer(bufferSource(file), testRing);
    expect(index.streams[0]).toMatchObject({ plain_size: sizeBytes, segments });
    await expectRoundTrip([{ name: 'data/0', plain, compression: ZSTD }]);
  });

  it('gives back any streams, in whatever pieces they arrive', async () => {
    const stream = fc.record({
      plain: fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
      repeat: fc.integer({ min: 1, max: 600 }),
      chunkBytes: fc.integer({ min: 300, max: 200_000 }),
      compression: fc.constantFrom(ZSTD, PLAIN, { algorithm: 'zstd' as const, level: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { maxLength: 4 }), async (streams) => {
        await expectRoundTrip(
          streams.map(({ plain, repeat, ...rest }, i) => ({
            ...rest,
            name: `data/${i}`,
            plain: Buffer.concat(Array.from({ length: repeat }, () => plain)),
          })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('holds streams whose frames alternate, and reads them side by side', async () => {
    const streams = ['data/0', 'data/1', 'data/2'].map((name) => ({
      name,
      plain: randomBytes(4_000_000),
      compression: PLAIN,
    }));
    const file = await expectRoundTrip(streams);
    const { index } = await openContainer(bufferSource(file), testRing);
    const ranges = index.streams.map((entry) => {
      const offsets = Buffer.from(entry.frame_offsets, 'base64');
      return { first: offsets.readBigUInt64BE(0), last: offsets.readBigUInt64BE(offsets.length - 8) };
    });
    expect(ranges[0]!.last > ranges[1]!.first && ranges[1]!.last > ranges[0]!.first).toBe(true);
  });

  it('tells what its writer told', async () => {
    const sink = new MemorySink();
    const writer = await ContainerWriter.start(sink, testKey());
    const told = testManifest({
      label: 'Перед обновлением',
      scope: ['docs', 'tasks'],
      tables: [{ schema: 'public', name: 'docs', rows: 3, bytes: 8192 }],
      entity_counts: { 'docs.documents': 3 },
      missing_tables: ['report_meta'],
      audit_head: { seq: 7, hash: 'ab' },
    });
    const entry = await writer.writeStream(
      { name: 'schema', kind: 'schema', compression: ZSTD },
      chunksOf(Buffer.from('x'), 1),
    );
    const written = await writer.finish(told);
    const reader = await openContainer(bufferSource(sink.bytes()), testRing);
    expect(reader.index).toEqual({ format: 2, ...told, streams: [entry] });
    expect(written).toEqual({
      sizeBytes: sink.bytes().length,
      index: reader.index,
      fileId: reader.fileId,
      keyId: testKey().id,
    });
  });

  it('never has the same bytes twice', async () => {
    const streams = [{ name: 'data/0', plain: Buffer.from('the same') }];
    const [one, other] = [await containerOf(streams), await containerOf(streams)];
    expect(one.subarray(8, 24)).not.toEqual(other.subarray(8, 24));
    expect(one.subarray(128, 200)).not.toEqual(other.subarray(128, 200));
  });
});

describe('ContainerWriter', () => {
  const start = () => ContainerWriter.start(new MemorySink(), testKey());
  const data = { name: 'data/0', kind: 'data', compression: ZSTD } as const;

  it('reports progress in both kinds of bytes', async () => {
    const writer = await start();
    let plainBytes = 0;
    let storedBytes = 0;
    const onProgress = (delta: { plainBytes: number; storedBytes: number }) => {
      plainBytes += delta.plainBytes;
      storedBytes += delta.storedBytes;
    };
    const entry = await writer.writeStream(data, chunksOf(randomBytes(3_000_000), 65_536), { onProgress });
    expect({ plainBytes, storedBytes }).toEqual({ plainBytes: entry.plain_size, storedBytes: entry.stored_size });
  });

  it('does not finish a container with a failed or unfinished stream', async () => {
    const writer = await start();
    const failing = async function* () {
      yield await Promise.resolve(randomBytes(2_000_000));
      throw new Error('pg_dump was killed');
    };
    await expect(writer.writeStream(data, failing())).rejects.toThrow('pg_dump was killed');
    await expect(writer.finish(manifest)).rejects.toThrow('unfinished');
  });

  it('fails every stream when the sink fails, and writes nothing after that', async () => {
    let writtenBytes = 0;
    let isFull = false;
    const sink = {
      write: async (bytes: Borrowed) => {
        await new Promise(setImmediate);
        expect(isFull).toBe(false);
        isFull = writtenBytes + bytes.length > 3_000_000;
        if (isFull) throw new Error('no space left');
        writtenBytes += bytes.length;
      },
    };
    const writer = await ContainerWriter.start(sink, testKey());
    const streams = ['a', 'b', 'c'].map((name) => {
      const description = { name, kind: 'data', compression: PLAIN } as const;
      return writer.writeStream(description, chunksOf(randomBytes(3_000_000), 65_536));
    });
    for (const result of await Promise.allSettled(streams)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'no space left' } });
    }
  });

  it('does not read ahead of a slow sink', async () => {
    let takenBytes = 0;
    const source = async function* () {
      for (let i = 0; i < 400; i += 1) {
        takenBytes += 65_536;
        yield await Promise.resolve(randomBytes(65_536));
      }
    };
    const [blocked, opened] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    let writes = 0;
    const sink = {
      write: async () => {
        writes += 1;
        if (writes !== 2) return;
        blocked.resolve(undefined);
        await opened.promise;
      },
    };
    const writer = await ContainerWriter.start(sink, testKey());
    const writing = writer.writeStream({ ...data, compression: PLAIN }, source());
    await blocked.promise;
    for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
    expect(takenBytes).toBeLessThan(8 * 1_048_576);
    opened.resolve(undefined);
    await writing;
    expect(takenBytes).toBe(400 * 65_536);
  });

  it('stops when it is aborted, and closes what it reads from', async () => {
    const writer = await start();
    const abort = new AbortController();
    let isClosed = false;
    const endless = async function* () {
      try {
        for (let i = 0; ; i += 1) {
          if (i === 20) abort.abort();
          await new Promise(setImmediate);
          yield randomBytes(65_536);
        }
      } finally {
        isClosed = true;
      }
    };
    await expect(writer.writeStream(data, endless(), { signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(isClosed).toBe(true);
  });

  it('refuses a second stream of the same name', async () => {
    const writer = await start();
    await writer.writeStream(data, chunksOf(Buffer.of(1), 1));
    await expect(writer.writeStream(data, chunksOf(Buffer.of(1), 1))).rejects.toThrow('already has');
  });

  it('refuses a manifest that no reader would take', async () => {
    const writer = await start();
    await expect(writer.finish({ ...manifest, created_at: 'yesterday' })).rejects.toMatchObject({
      fault: 'index_mismatch',
      message: 'The index is not valid: created_at.',
    });
  });

  itLong('refuses an index beyond 64 MiB', async () => {
    const writer = await start();
    const tables = Array.from({ length: 130_000 }, (_, i) => ({
      schema: 's'.repeat(255),
      name: `${'t'.repeat(240)}${i}`,
      rows: 0,
      bytes: 0,
    }));
    await expect(writer.finish({ ...manifest, tables })).rejects.toMatchObject({ fault: 'index_too_large' });
  });
});

describe('readStream', () => {
  it('says so when there is no such stream', async () => {
    const reader = await openContainer(bufferSource(await containerOf([])), testRing);
    await expect(collect(reader.readStream('data/0'))).rejects.toThrow('no stream data/0');
  });

  it('stops when it is aborted', async () => {
    const file = await containerOf([{ name: 'data/0', plain: randomBytes(5_000_000) }]);
    const reader = await openContainer(bufferSource(file), testRing);
    const abort = new AbortController();
    const reading = (async () => {
      for await (const chunk of reader.readStream('data/0', { signal: abort.signal }))
        if (chunk.length > 0) abort.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('verifyContainer', () => {
  it('reports progress up to the whole file', async () => {
    const file = await containerOf([{ name: 'data/0', plain: randomBytes(9_000_000), compression: PLAIN }]);
    const reports: number[][] = [];
    await verifyContainer(bufferSource(file), testRing, { onProgress: (...report) => reports.push(report) });
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.at(-1)).toEqual([file.length, file.length]);
  });

  it('stops when it is aborted', async () => {
    const file = await containerOf([{ name: 'data/0', plain: randomBytes(9_000_000) }]);
    const abort = new AbortController();
    const verifying = verifyContainer(bufferSource(file), testRing, {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(verifying).rejects.toMatchObject({ name: 'AbortError' });
  });
});
