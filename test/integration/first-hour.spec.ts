import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { developmentSecrets } from '../../src/embedded/development';
import { provideDirectory, refuseForeignDirectory } from '../../src/embedded/foreign-directory';
import { build } from '../support/built';
import { runService } from '../support/run-service';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
/** Any user that is neither root nor, most likely, the one who runs the tests. */
const STRANGER = 65_533;

describe('a Node.js that is too old', () => {
  it.each(['main', 'cli/bscc', 'cli/token', 'cli/health-check'])(
    'is told in one line by %s, before anything else is loaded',
    async (program) => {
      await build();
      const file = join(ROOT, `dist/src/${program}.js`);
      const script = `
        Object.defineProperty(process.versions, 'node', { value: '20.20.2' });
        process.on('exit', () => console.log(Object.keys(require.cache).length));
        require(${JSON.stringify(file)});`;
      const ended = await run(process.execPath, ['-e', script]).catch((error: unknown) => error);
      const loaded = 2;
      expect(ended).toMatchObject({
        code: 1,
        stdout: `${loaded}\n`,
        stderr: expect.stringMatching(/^[^\n]*needs Node.js 24.11 or newer, this is 20.20.2[^\n]*\n$/) as unknown,
      });
    },
  );

  it('is the one that package.json names', async () => {
    const { engines } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } };
    const source = await readFile(join(ROOT, 'src/start/require-node.ts'), 'utf8');
    const [, major, minor] = /= \[(\d+), (\d+)\];/.exec(source) ?? [];
    expect(engines.node).toBe(`>=${String(major)}.${String(minor)}`);
  });
});

describe('a first start', () => {
  let directory: string;
  let taken: Server | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-first-'));
  });
  afterEach(async () => {
    taken?.close();
    taken = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  it.each(['BERKUT_HTTP_PORT', 'BERKUT_MANAGEMENT_PORT'])(
    'says that a port is in use, and names %s, before it makes anything',
    async (variable) => {
      taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const port = String((taken.address() as AddressInfo).port);
      const service = runService({ BERKUT_HTTP_PORT: '0', BERKUT_MANAGEMENT_PORT: '0', [variable]: port }, directory);
      expect(await service.ended).toBe(1);
      expect(service.output().stderr).toContain(
        `port ${port} of 127.0.0.1 is in use by another program; set ${variable} to another one`,
      );
      expect(service.output().stderr).not.toContain('EADDRINUSE');
      expect(await readdir(directory)).toEqual([]);
    },
  );

  it('does not touch the trial of another user', async () => {
    if (process.getuid?.() !== 0) {
      await expect(refuseForeignDirectory('/')).rejects.toThrow('/ belongs to the user root: start this as root');
      return;
    }
    const trial = join(directory, '.berkut');
    await mkdir(trial, { mode: 0o700 });
    await chown(trial, STRANGER, STRANGER);
    await expect(developmentSecrets(trial)).rejects.toThrow(`${trial} belongs to the user number ${STRANGER}`);
    expect(await readdir(trial)).toEqual([]);
    const { uid, mode } = await stat(trial);
    expect([uid, mode & 0o777]).toEqual([STRANGER, 0o700]);
  });

  it('as root makes everything for the user of the checkout, again and again, until that user has a trial', async () => {
    // An ordinary user makes it all for itself, and may go on.
    const isRoot = process.getuid?.() === 0;
    const [owner, group] = isRoot ? [STRANGER, STRANGER] : [process.getuid?.(), process.getgid?.()];
    if (isRoot) await chown(directory, STRANGER, STRANGER);
    const trial = join(directory, '.berkut');
    await developmentSecrets(trial);
    await developmentSecrets(trial);
    await provideDirectory(join(directory, 'data/backups'));
    // The storage makes its own directory where there is none to be given away.
    if (!isRoot) await mkdir(join(directory, 'data/backups'), { recursive: true });
    await mkdir(join(directory, 'scripts'));
    await mkdir(join(directory, 'src'));
    await cp(join(ROOT, 'scripts/build-if-needed.mjs'), join(directory, 'scripts/build-if-needed.mjs'));
    const nest = join(directory, 'node_modules/@nestjs/cli/bin');
    await mkdir(nest, { recursive: true });
    const compiler = `const fs = require('node:fs'); fs.mkdirSync('dist/src', { recursive: true }); fs.writeFileSync('dist/src/main.js', '');`;
    await writeFile(join(nest, 'nest.js'), compiler);
    await run(process.execPath, [join(directory, 'scripts/build-if-needed.mjs')]);
    const made = await Promise.all(
      ['.berkut', 'data', 'dist'].map((name) => readdir(join(directory, name), { recursive: true })),
    );
    expect(made.map((names) => names.length)).toEqual([4, 1, 3]);
    for (const [i, top] of ['.berkut', 'data', 'dist'].entries()) {
      for (const name of ['', ...(made[i] ?? [])]) {
        const { uid, gid } = await stat(join(directory, top, name));
        expect([top, name, uid, gid]).toEqual([top, name, owner, group]);
      }
    }
    await mkdir(join(trial, 'cluster'));
    if (isRoot) await expect(developmentSecrets(trial)).rejects.toThrow('belongs to the user');
    else await expect(developmentSecrets(trial)).resolves.toBeDefined();
  });
});
