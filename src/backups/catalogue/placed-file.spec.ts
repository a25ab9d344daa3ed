import { type FileHandle, mkdtemp, open, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lend } from '../../engine/bytes/borrowed';
import { LocalStorage } from '../../engine/storage/local-storage';
import { PlacedFile, type PlacedSource } from './placed-file';

const NAME = 'one.bscc';
const MEBIBYTE = 1024 * 1024;
/** No two blocks are alike. */
const CONTENT = Buffer.from(Uint32Array.from({ length: MEBIBYTE }, (_, i) => i).buffer);

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'berkut-placed-'));
  for (const name of ['near', 'far', 'last']) {
    const file = await new LocalStorage(join(place, name)).create(NAME);
    await file.write(lend(CONTENT));
    await file.publish();
  }
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(place, { recursive: true, force: true });
});

const pathIn = (storage: string): string => join(place, storage, NAME);
const cut = (storage: string): Promise<void> => truncate(pathIn(storage), MEBIBYTE);

async function source(storage: string): Promise<PlacedSource> {
  return { storage, file: await new LocalStorage(join(place, storage)).open(NAME) };
}

/** The file in the first of these storages, with the others behind it; `left` tells which were left for which. */
async function placed(first: string, ...others: string[]): Promise<{ file: PlacedFile; left: string[] }> {
  const left: string[] = [];
  async function* opened(): AsyncGenerator<PlacedSource, void, undefined> {
    for (const storage of others) yield await source(storage);
  }
  const file = new PlacedFile(await source(first), opened(), (_error, from, to) =>
    left.push(`${from.storage} for ${to.storage}`),
  );
  return { file, left };
}

/** The disk under these files fails from now on. */
async function breakDisk(): Promise<void> {
  const handle = await open(pathIn('near'), 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  jest.spyOn(prototype, 'read').mockRejectedValue(Object.assign(new Error('EIO'), { code: 'EIO' }));
}

async function all(file: PlacedFile, range?: { start?: number; end?: number }): Promise<Buffer> {
  return Buffer.concat(await file.createReadStream(range).toArray());
}

describe('a file that several storages have', () => {
  it('is read from one of them while that gives it', async () => {
    const { file, left } = await placed('near', 'far');
    expect((await all(file)).equals(CONTENT)).toBe(true);
    expect((await all(file, { start: 5, end: MEBIBYTE + 7 })).equals(CONTENT.subarray(5, MEBIBYTE + 8))).toBe(true);
    expect((await file.read(MEBIBYTE - 3, 9)).equals(CONTENT.subarray(MEBIBYTE - 3, MEBIBYTE + 6))).toBe(true);
    expect([file.sizeBytes, left]).toEqual([CONTENT.length, []]);
    await file.close();
  });

  it('goes on at the same byte when its storage is cut in the middle of a stream, and again when the next one is', async () => {
    const { file, left } = await placed('near', 'far', 'last');
    const seen: Buffer[] = [];
    for await (const chunk of file.createReadStream({ start: 11 }) as AsyncIterable<Buffer>) {
      seen.push(chunk);
      if (seen.length === 1) await cut('near');
      if (seen.length === 2) await cut('far');
    }
    expect(Buffer.concat(seen).equals(CONTENT.subarray(11))).toBe(true);
    expect(left).toEqual(['near for far', 'far for last']);
    await file.close();
  });

  it('goes on from one other storage for all who read at once', async () => {
    const { file, left } = await placed('near', 'far', 'last');
    await cut('near');
    const readers = [1, 2, 3].map(async (i) => file.read(i * MEBIBYTE, MEBIBYTE));
    const [stream, ...blocks] = await Promise.all([all(file), ...readers]);
    expect(stream.equals(CONTENT)).toBe(true);
    for (const [i, block] of blocks.entries())
      expect(block.equals(CONTENT.subarray((i + 1) * MEBIBYTE, (i + 2) * MEBIBYTE))).toBe(true);
    expect(left).toEqual(['near for far']);
    await file.close();
  });

  it('fails with the first error when none gives it any more, and with no other at the next read', async () => {
    const { file, left } = await placed('near', 'far');
    await cut('near');
    expect((await file.read(2 * MEBIBYTE, 1)).length).toBe(1);
    await breakDisk();
    // The second error is that of the disk.
    await expect(file.read(2 * MEBIBYTE, 1)).rejects.toMatchObject({ fault: 'truncated' });
    await expect(all(file)).rejects.toMatchObject({ fault: 'truncated' });
    expect(left).toEqual(['near for far']);
    await file.close();
  });

  it('says of a broken disk that the storage is away', async () => {
    const { file } = await placed('near');
    await breakDisk();
    await expect(file.read(0, 1)).rejects.toMatchObject({ name: 'StorageError', fault: 'unavailable' });
    await file.close();
  });

  it('asks no other storage for what lies behind its end, or after it was closed, or was not wanted any more', async () => {
    const { file, left } = await placed('near', 'far');
    await expect(file.read(CONTENT.length, 1)).rejects.toMatchObject({ fault: 'truncated' });
    const stream = file.createReadStream();
    stream.once('data', () => stream.destroy(new Error('the client has gone')));
    await expect(stream.toArray()).rejects.toThrow('the client has gone');
    expect((await file.read(0, 1)).length).toBe(1);
    await file.close();
    await file.close();
    await expect(file.read(0, 1)).rejects.toMatchObject({ fault: 'unavailable' });
    expect(left).toEqual([]);
  });

  it('closes what it opens while it is being closed', async () => {
    const far = Promise.withResolvers<PlacedSource>();
    const asked = Promise.withResolvers<true>();
    async function* opened(): AsyncGenerator<PlacedSource, void, undefined> {
      asked.resolve(true);
      yield await far.promise;
    }
    const file = new PlacedFile(await source('near'), opened(), () => undefined);
    await cut('near');
    const reading = expect(file.read(2 * MEBIBYTE, 1)).rejects.toMatchObject({ fault: 'unavailable' });
    await asked.promise;
    const closed = file.close();
    const late = await source('far');
    far.resolve(late);
    await closed;
    await expect(late.file.read(0, 1)).rejects.toMatchObject({ fault: 'unavailable' });
    await reading;
  });
});
