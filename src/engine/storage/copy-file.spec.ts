import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lend } from '../bytes/borrowed';
import { copyFile, hasFile } from './copy-file';
import { LocalStorage } from './local-storage';
import type { Storage } from './storage';

const NAME = 'one.bscc';
const CONTENT = Buffer.alloc(3_000_000, 'content');
const CHECKSUM = createHash('sha256').update(CONTENT).digest('hex');

let place: string;
let from: Storage;
let to: Storage;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'berkut-copy-'));
  from = new LocalStorage(join(place, 'from'));
  to = new LocalStorage(join(place, 'to'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

async function put(storage: Storage, content: Buffer): Promise<void> {
  const file = await storage.create(NAME);
  await file.write(lend(content));
  await file.publish();
}

async function copy(checksum: string, signal = new AbortController().signal): Promise<void> {
  const file = await from.open(NAME);
  try {
    await copyFile({ name: NAME, file, checksum }, to, signal);
  } finally {
    await file.close();
  }
}

async function contentOf(storage: Storage): Promise<Buffer> {
  const file = await storage.open(NAME);
  try {
    return await file.read(0, file.sizeBytes);
  } finally {
    await file.close();
  }
}

describe('copying a file to another storage', () => {
  it('gives it the same bytes, and does nothing when they are there', async () => {
    await put(from, CONTENT);
    await copy(CHECKSUM);
    expect((await contentOf(to)).equals(CONTENT)).toBe(true);
    const before = await to.stat(NAME);
    await copy(CHECKSUM);
    expect(await to.stat(NAME)).toEqual(before);
  });

  it('replaces a file of other bytes', async () => {
    await put(from, CONTENT);
    await put(to, Buffer.from('old'));
    await copy(CHECKSUM);
    expect((await contentOf(to)).equals(CONTENT)).toBe(true);
  });

  it('replaces a file that cannot be read to its end', async () => {
    await put(from, CONTENT);
    await copy(CHECKSUM);
    const open = jest.spyOn(to, 'open').mockRejectedValue(Object.assign(new Error('EIO'), { code: 'EIO' }));
    // It is never gone in between.
    const remove = jest.spyOn(to, 'remove');
    await copy(CHECKSUM);
    expect([open.mock.calls.length, remove.mock.calls]).toEqual([1, []]);
    open.mockRestore();
    expect(await hasFile({ name: NAME, checksum: CHECKSUM }, to, new AbortController().signal)).toBe(true);
  });

  it('makes nothing visible of an original that is not what it should be, and leaves nothing', async () => {
    await put(from, Buffer.from('damaged'));
    await expect(copy(CHECKSUM)).rejects.toMatchObject({ fault: 'changed' });
    expect(await to.list()).toEqual([]);
    expect(await to.removeLeftovers(() => false)).toEqual([]);
  });

  it('leaves what is there when the original is damaged: it may be the last that can be read', async () => {
    const old = Buffer.from('the same backup under an older key');
    await put(from, Buffer.from('damaged'));
    await put(to, old);
    await expect(copy(CHECKSUM)).rejects.toMatchObject({ fault: 'changed' });
    expect((await contentOf(to)).equals(old)).toBe(true);
  });

  it('writes nothing where there is no room, and does not wait for a lock to be broken', async () => {
    await put(from, CONTENT);
    to.freeBytes = () => Promise.resolve(CONTENT.length - 1);
    await expect(copy(CHECKSUM)).rejects.toMatchObject({ fault: 'no_space' });
    await put(to, Buffer.from('old'));
    const known = await to.stat(NAME);
    if (known === undefined) throw new Error('it was put there');
    to.stat = () => Promise.resolve({ ...known, lockedUntil: new Date(Date.now() + 1_000_000) });
    await expect(copy(CHECKSUM)).rejects.toMatchObject({ fault: 'locked' });
  });

  it('leaves nothing when it is stopped', async () => {
    await put(from, CONTENT);
    await expect(copy(CHECKSUM, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(await to.list()).toEqual([]);
    expect(await to.removeLeftovers(() => false)).toEqual([]);
  });
});
