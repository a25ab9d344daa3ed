import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { lend } from '../../src/engine/bytes/borrowed';
import type { Storage } from '../../src/engine/storage/storage';

/**
 * What every storage promises. A new implementation passes it with a line in its spec.
 *
 * @param make an empty storage, and what cleans up after it
 */
export function storageContract(make: () => Promise<{ storage: Storage; dispose: () => Promise<void> }>): void {
  let storage: Storage;
  let dispose: () => Promise<void>;
  beforeEach(async () => ({ storage, dispose } = await make()));
  afterEach(() => dispose());

  const put = async (name: string, text: string): Promise<void> => {
    const file = await storage.create(name);
    await file.write(lend(Buffer.from(text)));
    await file.publish();
  };
  const get = async (name: string, range?: { start?: number; end?: number }): Promise<string> => {
    const file = await storage.open(name);
    try {
      const chunks: Buffer[] = [];
      await pipeline(
        file.createReadStream(range),
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            chunks.push(chunk);
            done();
          },
        }),
      );
      return Buffer.concat(chunks).toString();
    } finally {
      await file.close();
    }
  };

  it('gives back what was published', async () => {
    await put('one.bscc', 'content');
    expect(await get('one.bscc')).toBe('content');
    expect(await get('one.bscc', { start: 2, end: 4 })).toBe('nte');
    expect(await storage.stat('one.bscc')).toMatchObject({ sizeBytes: 7 });
    expect(await storage.list()).toEqual(['one.bscc']);
    const file = await storage.open('one.bscc');
    expect((await file.read(3, 4)).toString()).toBe('tent');
    await expect(file.read(5, 4)).rejects.toThrow();
    await file.close();
    await file.close();
  });

  it('shows nothing of a file before it is published, and nothing of one that was discarded', async () => {
    const file = await storage.create('one.bscc');
    await file.write(lend(Buffer.from('half')));
    expect(file.sizeBytes).toBe(4);
    expect(await storage.list()).toEqual([]);
    await expect(storage.open('one.bscc')).rejects.toMatchObject({ name: 'StorageError', fault: 'missing' });
    await file.discard();
    await file.discard();
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
  });

  it('never replaces a file', async () => {
    await put('one.bscc', 'first');
    const second = await storage.create('one.bscc');
    await second.write(lend(Buffer.from('second')));
    await expect(second.publish()).rejects.toMatchObject({ fault: 'exists' });
    await second.discard();
    expect(await get('one.bscc')).toBe('first');
    expect(await storage.list()).toEqual(['one.bscc']);
  });

  it('lets a reader finish although the file is removed', async () => {
    await put('one.bscc', 'content');
    const file = await storage.open('one.bscc');
    await storage.remove('one.bscc');
    await storage.remove('one.bscc');
    expect((await file.read(0, 7)).toString()).toBe('content');
    await file.close();
    expect(await storage.stat('one.bscc')).toBeUndefined();
  });

  it('removes what dead writers left, and keeps what living ones write', async () => {
    const dead = await storage.create('dead.bscc');
    const living = await storage.create('living.bscc');
    expect(await storage.removeLeftovers((name) => name === 'living.bscc')).toEqual(['dead.bscc']);
    await living.publish();
    await dead.discard();
    expect(await storage.list()).toEqual(['living.bscc']);
  });

  it.each(['', '.', '..', '.hidden', 'a/b', '../a', 'a\0b', 'a b', 'é', 'a'.repeat(201)])(
    'refuses the name %j',
    async (name) => {
      await expect(storage.create(name)).rejects.toMatchObject({ fault: 'bad_name' });
      await expect(storage.open(name)).rejects.toMatchObject({ fault: 'bad_name' });
      await expect(storage.remove(name)).rejects.toMatchObject({ fault: 'bad_name' });
    },
  );

  it('has private files for what is read before it is kept, which are not listed and leave nothing', async () => {
    const spool = await storage.spool();
    await spool.write(Buffer.from('con'));
    await spool.write(Buffer.from('tent'));
    expect(spool.sizeBytes).toBe(7);
    expect((await spool.read(2, 4)).toString()).toBe('nten');
    expect(await storage.list()).toEqual([]);
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
    await spool.close();
    await spool.close();
  });

  it('knows how much room there is', async () => {
    expect(await storage.freeBytes()).toBeGreaterThan(0);
  });
}
