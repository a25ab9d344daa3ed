import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect } from '../../../../test/support/containers';
import { bufferSource, fileSource, type RandomSource, readSequentially } from './random-source';

describe.each(['file', 'buffer', 'stream'])('a %s as a source', (kind) => {
  const bytes = randomBytes(100_000);
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'source-'));
    await writeFile(join(directory, 'file'), bytes);
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function* chunks(start: number): AsyncGenerator<Buffer> {
    for (let at = start; at < bytes.length; at += 7_001)
      yield await Promise.resolve(Buffer.from(bytes.subarray(at, at + 7_001)));
  }

  async function withSource(sizeBytes: number, use: (source: RandomSource) => Promise<void>) {
    const handle = await open(join(directory, 'file'));
    try {
      const inMemory = { ...bufferSource(bytes), sizeBytes };
      if (kind === 'file') await use(fileSource(handle, sizeBytes));
      else await use(kind === 'buffer' ? inMemory : { ...inMemory, readOn: chunks });
    } finally {
      await handle.close();
    }
  }

  it('reads anywhere, at once', async () => {
    await withSource(bytes.length, async (source) => {
      const [front, back] = await Promise.all([source.read(0, 10), source.read(99_000, 1000)]);
      expect(front).toEqual(bytes.subarray(0, 10));
      expect(back).toEqual(bytes.subarray(99_000));
    });
  });

  it('reads everything in blocks', async () => {
    await withSource(bytes.length, async (source) => {
      expect(bytes.equals(await collect(readSequentially(source, 33_000)))).toBe(true);
    });
  });

  it('has nothing to read of an empty one', async () => {
    await withSource(0, async (source) => {
      const readOn = source.readOn && (() => chunks(bytes.length));
      expect(await collect(readSequentially({ ...source, readOn }, 10))).toHaveLength(0);
    });
  });

  it('calls it truncated when bytes that were there are gone', async () => {
    await withSource(200_000, async (source) => {
      await expect(source.read(99_999, 2)).rejects.toMatchObject({ fault: 'truncated' });
      await expect(collect(readSequentially(source, 64_000))).rejects.toMatchObject({ fault: 'truncated' });
    });
  });
});
