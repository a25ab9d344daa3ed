import promises, {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lend } from '../bytes/borrowed';
import { storageContract } from '../../../test/support/storage-contract';
import { LocalStorage } from './local-storage';

describe('the storage in a directory', () => {
  let place: string;
  const make = async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-storage-'));
    return {
      storage: new LocalStorage(join(place, 'deep', 'storage')),
      dispose: () => rm(place, { recursive: true }),
    };
  };
  describe('keeps the contract:', () => storageContract(make));

  it('is closed to others, and so are its files', async () => {
    const { storage, dispose } = await make();
    const file = await storage.create('one.bscc');
    await file.write(lend(Buffer.from('x')));
    await file.publish();
    expect((await stat(join(place, 'deep', 'storage'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(place, 'deep', 'storage', 'one.bscc'))).mode & 0o777).toBe(0o600);
    await dispose();
  });

  it('is away, and not empty, while a directory that has to be there is missing', async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-storage-'));
    const storage = new LocalStorage(join(place, 'mount', 'storage'), true);
    const away = { fault: 'unavailable' };
    await expect(storage.create('one.bscc')).rejects.toMatchObject(away);
    await expect(storage.open('one.bscc')).rejects.toMatchObject(away);
    await expect(storage.stat('one.bscc')).rejects.toMatchObject(away);
    await expect(storage.remove('one.bscc')).rejects.toMatchObject(away);
    await expect(storage.list()).rejects.toMatchObject(away);
    await expect(storage.freeBytes()).rejects.toMatchObject(away);
    await expect(storage.tryOut()).rejects.toMatchObject(away);
    expect(await readdir(place)).toEqual([]);
    await mkdir(join(place, 'mount', 'storage'), { recursive: true });
    expect([await storage.stat('one.bscc'), await storage.list()]).toEqual([undefined, []]);
    await rm(place, { recursive: true });
  });

  it('follows no link, and removes none', async () => {
    const { storage, dispose } = await make();
    const directory = join(place, 'deep', 'storage');
    await mkdir(directory, { recursive: true });
    await writeFile(join(place, 'outside'), 'precious');
    await symlink(join(place, 'outside'), join(directory, 'link.bscc'));
    await mkdir(join(directory, 'directory.bscc'));
    for (const name of ['link.bscc', 'directory.bscc']) {
      await expect(storage.open(name)).rejects.toMatchObject({ fault: 'missing' });
      expect(await storage.stat(name)).toBeUndefined();
      await storage.remove(name);
    }
    expect(await storage.list()).toEqual([]);
    expect(await readFile(join(place, 'outside'), 'utf8')).toBe('precious');
    expect(await readFile(join(directory, 'link.bscc'), 'utf8')).toBe('precious');
    await dispose();
  });

  it('leaves what is there for a moment to the process that is at it, and removes what a dead one has left', async () => {
    const { storage, dispose } = await make();
    await storage.tryOut();
    const directory = join(place, 'deep', 'storage');
    const names = ['.pending-0123456789abcdef-probe', '.pending-0123456789abcdef-spool'];
    for (const name of names) await writeFile(join(directory, name), '');
    expect([await storage.removeLeftovers(() => false), await readdir(directory)]).toEqual([[], names]);
    for (const name of names) await utimes(join(directory, name), 0, 0);
    expect([await storage.removeLeftovers(() => true), await readdir(directory)]).toEqual([[], []]);
    await dispose();
  });

  describe('on a file system that cannot do everything', () => {
    afterEach(() => jest.restoreAllMocks());
    const refuse = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    const publish = async (storage: LocalStorage): Promise<void> => {
      const file = await storage.create('one.bscc');
      await file.write(lend(Buffer.from('x')));
      await file.publish();
    };
    /** Each handle of a directory refuses to be synced; files still can. */
    const withoutDirectorySync = async (code: string): Promise<void> => {
      const handle = await open(place, 'r');
      const prototype = Object.getPrototypeOf(handle) as FileHandle;
      const { sync } = prototype;
      jest.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
        if ((await this.stat()).isDirectory()) throw Object.assign(new Error(code), { code });
        await sync.call(this);
      });
      await handle.close();
    };

    it.each(['EINVAL', 'ENOTSUP', 'EPERM', 'ENOSYS'])(
      'makes backups where directories cannot be synced (%s)',
      async (code) => {
        const { storage, dispose } = await make();
        await withoutDirectorySync(code);
        await publish(storage);
        expect(await storage.tryOut()).toEqual(['directory_sync']);
        expect(await readdir(join(place, 'deep', 'storage'))).toEqual(['one.bscc']);
        await storage.remove('one.bscc');
        await dispose();
      },
    );

    it('does not take a broken disk for one of these', async () => {
      const { storage, dispose } = await make();
      await withoutDirectorySync('EIO');
      await expect(storage.tryOut()).rejects.toMatchObject({ fault: 'unavailable' });
      await dispose();
    });

    it.each(['EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'])(
      'makes backups where there are no hard links (%s)',
      async (code) => {
        const { storage, dispose } = await make();
        jest.spyOn(promises, 'link').mockImplementation(refuse(code));
        await publish(storage);
        expect(await storage.tryOut()).toEqual(['hard_links']);
        expect(await storage.list()).toEqual(['one.bscc']);
        await dispose();
      },
    );

    it('fails when a file cannot be written, and leaves nothing', async () => {
      const { storage, dispose } = await make();
      jest.spyOn(promises, 'link').mockImplementation(refuse('EIO'));
      await expect(storage.tryOut()).rejects.toMatchObject({ fault: 'unavailable' });
      expect(await readdir(join(place, 'deep', 'storage'))).toEqual([]);
      await dispose();
    });
  });

  it('says so when its place is taken by a file', async () => {
    const { dispose } = await make();
    await writeFile(join(place, 'taken'), '');
    const storage = new LocalStorage(join(place, 'taken'));
    await expect(storage.create('a')).rejects.toMatchObject({ fault: 'unavailable' });
    await expect(storage.list()).rejects.toMatchObject({ fault: 'unavailable' });
    await expect(storage.freeBytes()).rejects.toMatchObject({ fault: 'unavailable' });
    await dispose();
  });
});
