import { createHash, randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { lend } from '../../src/engine/bytes/borrowed';
import { readSequentially } from '../../src/engine/container/format/random-source';
import { type Storage, StorageError, type StoredFile } from '../../src/engine/storage/storage';

/** More than two parts of an upload. */
const LARGE_BYTES = 20 * 1024 * 1024 + 3;

interface StorageOnTrial {
  /** Empty. */
  readonly storage: Storage;
  readonly dispose: () => Promise<void>;
  /** The server of the tests looks a name up and takes it in two steps, so two writers at once may both be given it. */
  readonly isLax?: boolean;
}

/** What every storage promises. A new implementation passes it with a line in its spec. */
export function storageContract(make: () => Promise<StorageOnTrial>): void {
  let storage: Storage;
  let dispose: () => Promise<void>;
  let isLax: boolean;
  beforeEach(async () => ({ storage, dispose, isLax = false } = await make()));
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

  it('replaces a file when it is told to, and never has none', async () => {
    await put('one.bscc', 'first');
    const reader = await storage.open('one.bscc');
    const second = await storage.create('one.bscc');
    await second.write(lend(Buffer.from('second')));
    const looking = { isOn: true };
    const looks = (async () => {
      const found = new Set<string>();
      for (; looking.isOn; found.add((await storage.stat('one.bscc'))?.version ?? 'none'));
      return found;
    })();
    await second.replace();
    await second.discard();
    looking.isOn = false;
    expect([...(await looks)]).not.toContain('none');
    expect(await bytesOrFault(reader, 5)).toMatch(/^(first|missing|changed)$/);
    await reader.close();
    expect([await get('one.bscc'), await storage.list()]).toEqual(['second', ['one.bscc']]);
    await storage.remove('one.bscc');
    // Nor is the first there again.
    expect(await storage.stat('one.bscc')).toBeUndefined();
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
  });

  it('lets a reader of a removed file finish, or tells it; it never gets other bytes', async () => {
    await put('one.bscc', 'content');
    const file = await storage.open('one.bscc');
    await storage.remove('one.bscc');
    await storage.remove('one.bscc');
    expect(await storage.stat('one.bscc')).toBeUndefined();
    expect(await bytesOrFault(file, 7)).toMatch(/^(content|missing)$/);
    await put('one.bscc', 'another');
    expect(await bytesOrFault(file, 7)).toMatch(/^(content|missing|changed)$/);
    await file.close();
  });

  it('gives every byte of a large file, in order and anywhere, to several readers at once', async () => {
    const content = randomBytes(LARGE_BYTES);
    const written = await storage.create('large.bscc', { expectedBytes: content.length });
    for (let at = 0; at < content.length; at += 700_001) await written.write(lend(content.subarray(at, at + 700_001)));
    await written.publish();
    const file = await storage.open('large.bscc');
    expect(file.sizeBytes).toBe(content.length);
    const inOrder = async () => {
      const digest = createHash('sha256');
      for await (const block of readSequentially(file, 1024 * 1024)) digest.update(block);
      return digest.digest('hex');
    };
    const asStream = async (start: number) => {
      const digest = createHash('sha256');
      await pipeline(file.createReadStream({ start }), digest);
      return digest.digest('hex');
    };
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    const anywhere = Array.from({ length: 8 }, (_, i) => Math.floor((content.length / 8) * i) + i);
    const [read, streamed, tail, ...pieces] = await Promise.all([
      inOrder(),
      asStream(0),
      asStream(LARGE_BYTES - 5),
      ...anywhere.map(async (position) => sha256(await file.read(position, 100_000))),
    ]);
    expect([read, streamed]).toEqual([sha256(content), sha256(content)]);
    expect(tail).toBe(sha256(content.subarray(-5)));
    expect(pieces).toEqual(anywhere.map((position) => sha256(content.subarray(position, position + 100_000))));
    await file.close();
    await expect(file.read(0, 1)).rejects.toThrow();
  });

  it('takes files without bytes', async () => {
    await put('empty.bscc', '');
    expect(await storage.stat('empty.bscc')).toMatchObject({ sizeBytes: 0 });
    expect(await get('empty.bscc')).toBe('');
  });

  it('says of each content that it is another one', async () => {
    await put('one.bscc', 'first');
    const first = await storage.stat('one.bscc');
    expect(await storage.stat('one.bscc')).toEqual(first);
    const file = await storage.open('one.bscc');
    expect(file.version).toBe(first?.version);
    await file.close();
    await storage.remove('one.bscc');
    await put('one.bscc', 'other');
    expect((await storage.stat('one.bscc'))?.version).not.toBe(first?.version);
  });

  it('gives a name to one of many who want it at once', async () => {
    const files = await Promise.all(
      Array.from({ length: 4 }, async (_, i) => {
        const file = await storage.create('one.bscc');
        await file.write(lend(Buffer.from(`by ${i}`)));
        return file;
      }),
    );
    const results = await Promise.allSettled(files.map((file) => file.publish()));
    await Promise.all(files.map((file) => file.discard()));
    const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ fault: 'exists' });
    }
    const content = await get('one.bscc');
    expect(winners.map((i) => `by ${i}`)).toContain(content);
    // A storage that cannot refuse says so. Names are random, so it never comes to this there.
    const canRefuse = !(await storage.tryOut()).includes('conditional_writes');
    expect(winners.length).toBeLessThanOrEqual(canRefuse && !isLax ? 1 : files.length);
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
  });

  it('ends a write whose file is not wanted any more', async () => {
    const ending = new AbortController();
    const file = await storage.create('one.bscc', { signal: ending.signal });
    await file.write(lend(Buffer.from('half')));
    ending.abort(new Error('not wanted'));
    await expect(file.write(lend(Buffer.from('more')))).rejects.toThrow('not wanted');
    await file.discard();
    expect(await storage.list()).toEqual([]);
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
  });

  it('shows when it is tried out that a file can be written, and leaves none', async () => {
    await storage.tryOut();
    await storage.tryOut();
    expect(await storage.list()).toEqual([]);
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
    expect((await storage.describe()).place).not.toBe('');
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
    await spool.write(lend(Buffer.from('con')));
    await spool.write(lend(Buffer.from('tent')));
    expect(spool.sizeBytes).toBe(7);
    expect((await spool.read(2, 4)).toString()).toBe('nten');
    expect(await storage.list()).toEqual([]);
    expect(await storage.removeLeftovers(() => false)).toEqual([]);
    await spool.close();
    await spool.close();
  });

  it('knows how much room there is, or that there is no limit', async () => {
    expect((await storage.freeBytes()) ?? Infinity).toBeGreaterThan(0);
  });
}

/** What a read gives, or why it gives nothing. */
async function bytesOrFault(file: StoredFile, lengthBytes: number): Promise<string> {
  try {
    return (await file.read(0, lengthBytes)).toString();
  } catch (error) {
    if (error instanceof StorageError) return error.fault;
    throw error;
  }
}
