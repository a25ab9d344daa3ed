import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { extract, pack } from 'tar-stream';
import { FilesReport } from '../../src/engine/files/files-report';
import { packFiles } from '../../src/engine/files/pack-files';
import { unpackFiles } from '../../src/engine/files/unpack-files';

const run = promisify(execFile);
const IS_ROOT = process.geteuid?.() === 0;
/** Only root can give a file to another user or group; any other user gives it to itself. */
const owner = (uid: number): number => (IS_ROOT ? uid : (process.geteuid?.() ?? uid));
const group = (gid: number): number => (IS_ROOT ? gid : (process.getegid?.() ?? gid));

/** Makes everything in an archive belong to one who is neither root nor the user who runs this. */
function giveToAnother(archive: Buffer): Buffer {
  const octal = (at: number, length: number): number =>
    Number.parseInt(archive.toString('latin1', at, at + length), 8) || 0;
  for (let at = 0; at + 512 <= archive.length; at += 512 + Math.ceil(octal(at + 124, 12) / 512) * 512) {
    if (archive[at] === 0) break;
    archive.write('0010341\0' + '0021075\0', at + 108, 'latin1');
    archive.write(' '.repeat(8), at + 148, 'latin1');
    const sum = archive.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
  return archive;
}

describe('application files as they were', () => {
  let place: string;
  let source: string;
  let copy: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-attributes-'));
    source = join(place, 'source');
    copy = join(place, 'copy');
    await mkdir(source);
  });
  afterEach(async () => {
    await rm(place, { recursive: true });
  });
  const raw = (directory: string, ...names: Buffer[]): Buffer =>
    Buffer.concat([Buffer.from(directory), ...names.flatMap((name) => [Buffer.from('/'), name])]);

  it('have names that are not text, and everything below them', async () => {
    const directory = Buffer.from('d\xff', 'latin1');
    const latin1 = Buffer.from('r\xe9sum\xe9.txt', 'latin1');
    await mkdir(raw(source, directory));
    await writeFile(raw(source, directory, latin1), 'content');
    await writeFile(raw(source, directory, Buffer.from('plain')), 'plain');
    await symlink(latin1, raw(source, directory, Buffer.from('link')));
    await writeFile(raw(source, Buffer.concat([Buffer.alloc(120, 'x'), latin1])), 'long');
    await unpackFiles(packFiles(source), copy);
    expect(await readFile(raw(copy, directory, latin1), 'utf8')).toBe('content');
    expect(await readFile(raw(copy, directory, Buffer.from('plain')), 'utf8')).toBe('plain');
    expect(await readFile(raw(copy, directory, Buffer.from('link')), 'utf8')).toBe('content');
    expect(await readFile(raw(copy, Buffer.concat([Buffer.alloc(120, 'x'), latin1])), 'utf8')).toBe('long');
  });

  it('have their permissions, times and second names, and so has the directory itself', async () => {
    await writeFile(join(source, 'first'), 'shared');
    await mkdir(join(source, 'team'));
    await link(join(source, 'first'), join(source, 'team', 'second'));
    await writeFile(join(source, 'program'), '#!/bin/sh');
    await chmod(join(source, 'program'), 0o4755);
    await chmod(join(source, 'team'), 0o3775);
    await mkdir(join(source, 'closed'));
    await writeFile(join(source, 'closed', 'unreadable'), 'x');
    await chmod(join(source, 'closed', 'unreadable'), 0o400);
    await chmod(join(source, 'closed'), 0o500);
    await chmod(source, 0o2751);
    await symlink('first', join(source, 'link'));
    await lutimes(join(source, 'link'), 1_600_000_000, 1_600_000_000);
    for (const name of ['first', 'team', 'closed', '.'])
      await utimes(join(source, name), 1_700_000_000.1234567, 1_700_000_000.1234567);
    const report = new FilesReport();
    await unpackFiles(packFiles(source, { report }), copy, { report });
    expect(report.lines()).toEqual([]);
    for (const name of ['.', 'first', 'team', 'team/second', 'program', 'closed', 'closed/unreadable', 'link']) {
      const before = await lstat(join(source, name), { bigint: true });
      const after = await lstat(join(copy, name), { bigint: true });
      expect([name, after.mode, after.nlink]).toEqual([name, before.mode, before.nlink]);
      expect([name, Number(after.mtimeNs - before.mtimeNs)]).toEqual([name, expect.closeTo(0, -3)]);
    }
    for (const closed of [source, copy]) await chmod(join(closed, 'closed'), 0o700);
    expect((await lstat(join(copy, 'first'))).ino).toBe((await lstat(join(copy, 'team', 'second'))).ino);
  });

  it('belong to whom they belonged, links and the directory itself too', async () => {
    await writeFile(join(source, 'file'), 'x');
    await symlink('file', join(source, 'link'));
    await chown(join(source, 'file'), owner(4321), group(8765));
    await lchown(join(source, 'link'), owner(4321), group(3_000_000));
    await chown(source, owner(1234), group(5678));
    await chmod(join(source, 'file'), 0o6711);
    await unpackFiles(packFiles(source), copy);
    expect(await lstat(copy)).toMatchObject({ uid: owner(1234), gid: group(5678) });
    expect(await lstat(join(copy, 'file'))).toMatchObject({ uid: owner(4321), gid: group(8765), mode: 0o106711 });
    expect(await lstat(join(copy, 'link'))).toMatchObject({ uid: owner(4321), gid: group(3_000_000) });
  });

  it('say so when a process that is not root cannot give them away', async () => {
    await writeFile(join(source, 'file'), 'x');
    await chmod(join(source, 'file'), 0o6711);
    const chunks: Uint8Array[] = [];
    for await (const chunk of packFiles(source)) chunks.push(chunk);
    const archive = giveToAnother(Buffer.concat(chunks));
    await chmod(place, 0o777);
    const report = new FilesReport();
    if (IS_ROOT) process.seteuid?.(54321);
    try {
      await unpackFiles(Readable.from([archive]), copy, { report });
    } finally {
      if (IS_ROOT) process.seteuid?.(0);
    }
    // The directory itself is root's where root has packed it.
    const given = IS_ROOT
      ? '2 owners and groups, which only root can give ("file", ".")'
      : '1 owners and groups, which only root can give ("file")';
    expect(report.lines()).toEqual([
      `application files: ${given}`,
      'application files: 1 set-user-id and set-group-id bits of files whose owner is another one now ("file")',
    ]);
    expect((await lstat(join(copy, 'file'))).mode & 0o7777).toBe(0o711);
  });

  it('are like the directory in their place when the archive does not say it', async () => {
    await chmod(source, 0o2755);
    async function* old(): AsyncGenerator<Uint8Array> {
      const archive = pack();
      archive.entry({ name: 'a' }, 'x');
      archive.finalize();
      yield* archive as AsyncIterable<Buffer>;
    }
    await unpackFiles(old(), copy, { like: source });
    expect((await lstat(copy)).mode & 0o7777).toBe(0o2755);
  });

  it('are named when they cannot be packed', async () => {
    await run('mkfifo', [join(source, 'pipe\u001b[2J')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(source, 'socket'), resolve));
    try {
      const report = new FilesReport();
      await unpackFiles(packFiles(source, { report }), copy);
      expect(report.lines()).toEqual(['application files: 2 sockets, pipes and devices ("pipe\\u001b[2J", "socket")']);
      expect(await readdir(copy)).toEqual([]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('are counted, and only the first are named', async () => {
    for (let i = 10; i < 22; i += 1) await symlink('/', join(source, String(i)));
    const report = new FilesReport();
    for await (const _ of packFiles(source, { report }));
    expect(report.lines()).toEqual([
      expect.stringMatching(/^application files: 12 links .* \("10", .*"19", …\)$/) as unknown,
    ]);
  });

  it('can be read by other programs that know tar', async () => {
    await mkdir(join(source, 'dir'));
    await writeFile(join(source, 'dir', 'звіт.txt'), 'текст');
    await writeFile(raw(source, Buffer.from('a\xff', 'latin1')), 'bytes');
    await writeFile(join(source, 'y'.repeat(200)), 'long');
    await link(join(source, 'dir', 'звіт.txt'), join(source, 'second'));
    await symlink('dir', join(source, 'link'));
    const archive = join(place, 'archive.tar');
    await writeFile(archive, packFiles(source));
    await mkdir(copy);
    await run('tar', ['--warning=no-unknown-keyword', '-xf', archive, '-C', copy]);
    expect(await readFile(join(copy, 'link', 'звіт.txt'), 'utf8')).toBe('текст');
    expect(await readFile(raw(copy, Buffer.from('a\xff', 'latin1')), 'utf8')).toBe('bytes');
    expect((await lstat(join(copy, 'second'))).nlink).toBe(2);
    expect((await run('tar', ['-df', archive, '--warning=no-unknown-keyword', '-C', source])).stdout).toBe('');
    const names: string[] = [];
    const entries = extract();
    Readable.from(packFiles(source)).pipe(entries);
    for await (const entry of entries) {
      names.push(entry.header.name);
      entry.resume();
    }
    expect(names).toEqual(['a\ufffd', 'dir/', 'dir/звіт.txt', 'second', 'y'.repeat(200), 'link']);
  });

  it('are read from what other programs pack', async () => {
    await mkdir(join(source, `${'d'.repeat(90)}/${'e'.repeat(90)}`), { recursive: true });
    await writeFile(join(source, `${'d'.repeat(90)}/${'e'.repeat(90)}`, 'x'), 'deep');
    await writeFile(join(source, 'file'), 'x');
    await truncate(join(source, 'file'), 700);
    for (const format of ['gnu', 'pax', 'ustar']) {
      const archive = join(place, `${format}.tar`);
      await run('tar', [`--format=${format}`, '-cf', archive, '-C', source, '.']);
      await unpackFiles(Readable.from([await readFile(archive)]), join(place, format));
      expect(await readFile(join(place, format, `${'d'.repeat(90)}/${'e'.repeat(90)}`, 'x'), 'utf8')).toBe('deep');
      expect((await lstat(join(place, format, 'file'))).size).toBe(700);
    }
  });
});
