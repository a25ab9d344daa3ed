import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorage } from '../storage/local-storage';
import { makeDirectory } from './make-directory';

describe('making a directory', () => {
  let place: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-make-'));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  it('makes those above it, too, however many ask at once, and again without a change', async () => {
    const path = join(place, 'a', 'b', 'c');
    await Promise.all([1, 2, 3].map(() => makeDirectory(path, 0o700)));
    await makeDirectory(path, 0o755);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it.each(['/proc/no-such-directory', '/proc/no/such/directory', '/sys/no/such/directory'])(
    'ends where the file system never has the parent: %s',
    async (path) => {
      await expect(makeDirectory(path, 0o700)).rejects.toMatchObject({ code: expect.stringMatching(/^E/) as string });
    },
  );

  it('says what is in the way', async () => {
    await writeFile(join(place, 'file'), '');
    await expect(makeDirectory(join(place, 'file'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectory(join(place, 'file', 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await symlink('nowhere', join(place, 'dangling'));
    await expect(makeDirectory(join(place, 'dangling', 'below'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('lets a storage that cannot be made be unavailable', async () => {
    const storage = new LocalStorage('/proc/no/such/directory');
    await expect(storage.create('a.bscc')).rejects.toMatchObject({ fault: 'unavailable' });
    await expect(storage.freeBytes()).rejects.toMatchObject({ fault: 'unavailable' });
  });
});
