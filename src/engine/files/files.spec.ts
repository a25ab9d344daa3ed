import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Header, pack } from 'tar-stream';
import { exchangeDirectories, undoExchange } from './exchange-directories';
import { FilesReport } from './files-report';
import { packFiles } from './pack-files';
import { unpackFiles } from './unpack-files';

type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

describe('application files', () => {
  let place: string;
  let source: string;
  let copy: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-files-'));
    source = join(place, 'source');
    copy = join(place, 'copy');
    await mkdir(source);
  });
  afterEach(async () => rm(place, { recursive: true }));

  const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(chunk);
    return Buffer.concat(all);
  };

  async function* tarOf(...entries: [EntryHeader, string?][]): AsyncGenerator<Uint8Array> {
    const archive = pack();
    for (const [header, body] of entries) archive.entry(header, body ?? '');
    archive.finalize();
    yield* archive as AsyncIterable<Buffer>;
  }

  it('come back with their bytes, modes, times and inner links', async () => {
    const long = `${'dir/'.repeat(40)}файл.txt`;
    await mkdir(join(source, 'dir/'.repeat(40)), { recursive: true });
    await writeFile(join(source, long), 'далеко');
    await writeFile(join(source, 'empty'), '');
    await writeFile(join(source, 'large'), Buffer.alloc(3_000_001, 7));
    await chmod(join(source, 'large'), 0o640);
    await symlink('large', join(source, 'inner'));
    await unpackFiles(packFiles(source), copy);
    expect(await readFile(join(copy, long), 'utf8')).toBe('далеко');
    expect(await readFile(join(copy, 'empty'), 'utf8')).toBe('');
    expect((await readFile(join(copy, 'large'))).equals(Buffer.alloc(3_000_001, 7))).toBe(true);
    expect((await stat(join(copy, 'large'))).mode & 0o777).toBe(0o640);
    expect((await stat(join(copy, 'large'))).mtime.getTime()).toBeCloseTo(
      (await stat(join(source, 'large'))).mtime.getTime(),
      -4,
    );
    expect(await readlink(join(copy, 'inner'))).toBe('large');
  });

  it('say which links lead elsewhere, also through other links, and leave them out', async () => {
    await symlink('/etc/passwd', join(source, 'absolute'));
    await symlink('../outside', join(source, 'climbing'));
    await mkdir(join(source, 'd/1/2/3'), { recursive: true });
    await symlink('../../..', join(source, 'd/1/2/3/up'));
    await symlink('d/1/2/3/up/../../etc', join(source, 'out'));
    await symlink('d/1/2/3/up/../d', join(source, 'inner'));
    await symlink('nothing', join(source, 'dangling'));
    await symlink('circle', join(source, 'circle'));
    const report = new FilesReport();
    await unpackFiles(packFiles(source, { report }), copy);
    expect(report.lines()).toEqual([
      'application files: 4 links that lead out of the directory ("absolute", "circle", "climbing", "out")',
    ]);
    expect((await readdir(copy)).sort()).toEqual(['d', 'dangling', 'inner']);
    expect(await readlink(join(copy, 'inner'))).toBe('d/1/2/3/up/../d');
    expect(await readlink(join(copy, 'd/1/2/3/up'))).toBe('../../..');
  });

  it('never follow a link that the application puts in the place of a directory', async () => {
    await mkdir(join(source, 'a'));
    await mkdir(join(place, 'secret'));
    await writeFile(join(place, 'secret', 'key'), 'SECRET');
    await writeFile(join(source, 'a', 'key'), 'public');
    await writeFile(join(source, '0'), 'first');
    const packing = packFiles(source);
    const chunks: Uint8Array[] = [];
    for await (const chunk of packing) {
      // The first header after the one of the top directory is that of `0`: `a` has been listed and not yet opened.
      if (chunks.length === 1) {
        await rename(join(source, 'a'), join(place, 'away'));
        await symlink(join(place, 'secret'), join(source, 'a'));
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).includes('SECRET')).toBe(false);
  });

  it('are packed the same way each time', async () => {
    for (const name of ['b', 'a', 'c']) await writeFile(join(source, name), name);
    expect((await bytesOf(packFiles(source))).equals(await bytesOf(packFiles(source)))).toBe(true);
  });

  it('are not packed when one shrinks meanwhile', async () => {
    await writeFile(join(source, 'log'), Buffer.alloc(8_000_000));
    const packing = (async () => {
      for await (const chunk of packFiles(source)) {
        if (chunk.length > 100_000) await truncate(join(source, 'log'), 10);
      }
    })();
    await expect(packing).rejects.toMatchObject({ name: 'FilesError', fault: 'changed', entry: 'log' });
  });

  it('are not packed when the directory is not there', async () => {
    await expect(bytesOf(packFiles(join(place, 'nothing')))).rejects.toMatchObject({ fault: 'unavailable' });
  });

  it('stop being packed when the reader stops', async () => {
    await writeFile(join(source, 'large'), Buffer.alloc(8_000_000));
    for await (const chunk of packFiles(source)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(bytesOf(packFiles(source, { signal: controller.signal }))).rejects.toThrow('enough');
  });

  it.each<[string, [EntryHeader, string?][]]>([
    ['an absolute name', [[{ name: '/etc/x' }, 'x']]],
    ['a climbing name', [[{ name: 'a/../../x' }, 'x']]],
    ['a link that leaves the tree', [[{ name: 'x', type: 'symlink', linkname: '../../etc' }]]],
    [
      'a link that leaves the tree through one that comes later',
      [
        [{ name: 'out', type: 'symlink', linkname: 'a/up/../x' }],
        [{ name: 'a/', type: 'directory' }],
        [{ name: 'a/up', type: 'symlink', linkname: '..' }],
      ],
    ],
    [
      'a second name of a link',
      [[{ name: 'x', type: 'symlink', linkname: 'a' }], [{ name: 'y', type: 'link', linkname: 'x' }]],
    ],
    ['an absolute link', [[{ name: 'x', type: 'symlink', linkname: '/etc' }]]],
    [
      'an entry below a link',
      [[{ name: 'd/', type: 'directory' }], [{ name: 'x', type: 'symlink', linkname: 'd' }], [{ name: 'x/y' }, 'y']],
    ],
    ['a second name of nothing', [[{ name: 'x', type: 'link', linkname: 'y' }]]],
    ['a device', [[{ name: 'x', type: 'character-device' }]]],
    [
      'a second entry of a name',
      [
        [{ name: 'x' }, '1'],
        [{ name: 'x' }, '2'],
      ],
    ],
    ['a file in the place of a directory', [[{ name: 'x/', type: 'directory' }], [{ name: 'x' }, '2']]],
  ])('are refused with %s', async (_, entries) => {
    await expect(unpackFiles(tarOf(...entries), copy)).rejects.toMatchObject({ name: 'FilesError', fault: 'refused' });
  });

  it('are refused when the archive is cut', async () => {
    await writeFile(join(source, 'a'), Buffer.alloc(5000));
    const whole = await bytesOf(packFiles(source));
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(whole.subarray(0, 3000));
    }
    await expect(unpackFiles(cut(), copy)).rejects.toThrow(/Unexpected end/);
  });

  it('never overwrite what is there', async () => {
    await mkdir(copy);
    await expect(unpackFiles(packFiles(source), copy)).rejects.toMatchObject({ fault: 'exists' });
  });

  describe('exchanged with the live ones', () => {
    const names = () => ({
      live: source,
      incoming: copy,
      kept: join(place, 'kept'),
      isLiveThere: true,
      isIncomingThere: true,
    });
    beforeEach(async () => {
      await writeFile(join(source, 'which'), 'old');
      await mkdir(copy);
      await writeFile(join(copy, 'which'), 'new');
    });
    const which = (): Promise<string> => readFile(join(source, 'which'), 'utf8');

    it('are the new ones, and the old ones are kept', async () => {
      await exchangeDirectories(names());
      await exchangeDirectories(names());
      expect(await which()).toBe('new');
      expect(await readFile(join(place, 'kept', 'which'), 'utf8')).toBe('old');
    });

    it('are the old ones again when it is undone, from wherever it stood', async () => {
      await exchangeDirectories(names());
      await undoExchange(names());
      await undoExchange(names());
      expect(await which()).toBe('old');
      await expect(stat(copy)).rejects.toThrow('ENOENT');
      await expect(stat(join(place, 'kept'))).rejects.toThrow('ENOENT');
    });

    it('go away again when it is undone and there were none, and when a rollback goes back to none', async () => {
      await rm(source, { recursive: true });
      const none = { ...names(), isLiveThere: false };
      await exchangeDirectories(none);
      expect(await which()).toBe('new');
      await undoExchange(none);
      await expect(stat(source)).rejects.toThrow('ENOENT');
      await expect(stat(copy)).rejects.toThrow('ENOENT');

      await mkdir(source);
      const back = { ...names(), isIncomingThere: false };
      await exchangeDirectories(back);
      await expect(stat(source)).rejects.toThrow('ENOENT');
      await undoExchange(back, { keepIncoming: true });
      expect((await stat(source)).isDirectory()).toBe(true);
    });
  });
});
