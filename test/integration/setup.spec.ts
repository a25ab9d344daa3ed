import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPTS = join(__dirname, '../../scripts');

/** A clone with the script alone, and programs in front of the PATH that write down how they were called. */
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'berkut-setup-'));
  mkdirSync(join(clone, 'scripts'));
  mkdirSync(join(clone, 'bin'));
  copyFileSync(join(SCRIPTS, 'setup.sh'), join(clone, 'scripts/setup.sh'));
  writeFileSync(join(clone, 'scripts/get-moto.sh'), '');
  writeFileSync(join(clone, 'package-lock.json'), '{}');
  program('chromium', 'exit 1');
  program('script', 'exit 1');
  for (const name of ['nginx', 'zsh', 'fish', 'mandoc']) program(name, 'exit 1');
  program('npm', 'echo "npm $*" >>calls; mkdir -p node_modules; : >node_modules/.package-lock.json');
  symlinkSync('/bin/bash', join(clone, 'bin/bash'));
  // Nothing else of this machine is in reach, so that what it has installed does not matter.
  for (const name of ['dirname', 'env', 'id', 'mkdir']) symlinkSync(join('/usr/bin', name), join(clone, 'bin', name));
  for (const name of ['apt-get', 'sudo', 'dnf', 'apk', 'brew']) program(name, `echo "${name} $*" >>calls; exit 1`);
});

afterEach(() => {
  rmSync(clone, { recursive: true, force: true });
});

function program(name: string, script: string): void {
  writeFileSync(join(clone, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(clone, 'bin', name), 0o755);
}

function setUp(): Promise<{ stdout: string }> {
  return run('/bin/bash', [join(clone, 'scripts/setup.sh')], {
    cwd: tmpdir(),
    env: { PATH: join(clone, 'bin') },
  });
}

const calls = (): string => (existsSync(join(clone, 'calls')) ? readFileSync(join(clone, 'calls'), 'utf8') : '');

describe('the set-up script', () => {
  it('installs the packages of the lock file, and does nothing the second time', async () => {
    // A file of this very second would be neither older nor newer.
    utimesSync(join(clone, 'package-lock.json'), 1_700_000_000, 1_700_000_000);
    await setUp();
    expect(calls()).toBe('npm ci --loglevel=error\n');
    expect((await setUp()).stdout).toBe('setup: ready\n');
    expect(calls()).toBe('npm ci --loglevel=error\n');
  });

  it('installs them again when the lock file has changed, or the last attempt was cut short', async () => {
    utimesSync(join(clone, 'package-lock.json'), 1_700_000_000, 1_700_000_000);
    await setUp();
    utimesSync(join(clone, 'package-lock.json'), 4_000_000_000, 4_000_000_000);
    await setUp();
    expect(calls()).toBe('npm ci --loglevel=error\nnpm ci --loglevel=error\n');
    rmSync(join(clone, 'node_modules/.package-lock.json'));
    await setUp();
    expect(calls()).toBe('npm ci --loglevel=error\nnpm ci --loglevel=error\nnpm ci --loglevel=error\n');
  });

  it.each([
    ['a browser', 'chromium', 'chromium'],
    ['a terminal', 'script', 'bsdutils'],
    ['a shell', 'zsh', 'zsh'],
  ])('installs %s when there is none, and fails when none can be had', async (_, name, packageName) => {
    rmSync(join(clone, 'bin', name));
    await expect(setUp()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('by hand') as unknown });
    expect(calls()).toMatch(/^(sudo )?apt-get update/);
    const install = `case "$1" in install) printf '#!/bin/sh\\n' >bin/${name}; ./chmod +x bin/${name} ;; esac`;
    symlinkSync('/usr/bin/chmod', join(clone, 'chmod'));
    program('apt-get', `echo "apt-get $*" >>calls; ${install}`);
    program('sudo', 'exec "$@"');
    expect((await setUp()).stdout).toMatch(/setup: ready\n$/);
    expect(calls()).toContain(`apt-get install -qy --no-install-recommends ${packageName}\n`);
  });

  it('goes on without the server for tests of S3, and says that they will fail', async () => {
    writeFileSync(join(clone, 'scripts/get-moto.sh'), 'exit 1');
    const { stdout } = await setUp();
    expect(stdout).toMatch(/WARNING: moto could not be fetched; .*tests of backups in S3 fail/);
    expect(stdout).toMatch(/setup: ready\n$/);
  });

  it('fails when the packages cannot be installed', async () => {
    program('npm', 'exit 7');
    await expect(setUp()).rejects.toMatchObject({ code: 7 });
  });
});

describe('building when needed', () => {
  const source = (): string => join(clone, 'src/a.ts');

  beforeEach(() => {
    copyFileSync(join(SCRIPTS, 'build-if-needed.mjs'), join(clone, 'scripts/build-if-needed.mjs'));
    mkdirSync(join(clone, 'src'));
    writeFileSync(source(), 'one');
    builder(
      `appendFileSync('calls', 'build\\n'); mkdirSync('dist', { recursive: true }); writeFileSync('dist/a.js', '');`,
    );
  });

  const builder = (script: string): void => {
    mkdirSync(join(clone, 'node_modules/@nestjs/cli/bin'), { recursive: true });
    const imports = `const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');`;
    writeFileSync(join(clone, 'node_modules/@nestjs/cli/bin/nest.js'), `${imports}\n${script}`);
  };
  const build = (): Promise<{ stdout: string }> => run(process.execPath, [join(clone, 'scripts/build-if-needed.mjs')]);

  it('builds once for the same sources, and says nothing on standard output', async () => {
    expect((await build()).stdout).toBe('');
    await build();
    expect(calls()).toBe('build\n');
  });

  it('builds the console apart from the service, so that a change of one does not cost the other', async () => {
    mkdirSync(join(clone, 'console/node_modules'), { recursive: true });
    writeFileSync(join(clone, 'console/index.html'), 'one');
    mkdirSync(join(clone, 'node_modules/vite/bin'), { recursive: true });
    const vite = `const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
      appendFileSync('calls', process.argv.slice(2, 4).join(' ') + '\\n');
      mkdirSync('dist/console');
      writeFileSync('dist/console/index.html', '');`;
    writeFileSync(join(clone, 'node_modules/vite/bin/vite.js'), vite);
    await build();
    expect(calls()).toBe('build\nbuild console\n');
    writeFileSync(source(), 'two');
    writeFileSync(join(clone, 'console/node_modules/cache'), '');
    await build();
    expect(calls()).toBe('build\nbuild console\nbuild\n');
    expect(existsSync(join(clone, 'dist/console/index.html'))).toBe(true);
    writeFileSync(join(clone, 'console/index.html'), 'two');
    writeFileSync(join(clone, 'dist/console/removed.js'), '');
    await build();
    expect(calls()).toBe('build\nbuild console\nbuild\nbuild console\n');
    expect(existsSync(join(clone, 'dist/console/removed.js'))).toBe(false);
  });

  it('builds again when a source has changed, and leaves nothing of the old build', async () => {
    await build();
    writeFileSync(source(), 'two');
    writeFileSync(join(clone, 'dist/removed.js'), '');
    await build();
    expect(calls()).toBe('build\nbuild\n');
    expect(existsSync(join(clone, 'dist/removed.js'))).toBe(false);
  });

  it('builds again after a build that failed', async () => {
    builder('process.exit(3)');
    await expect(build()).rejects.toMatchObject({ code: 3 });
    await expect(build()).rejects.toMatchObject({ code: 3 });
  });

  it('says what to do when the packages are not installed', async () => {
    rmSync(join(clone, 'node_modules'), { recursive: true });
    await expect(build()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm run setup') as unknown,
    });
  });
});

describe('the count of tests', () => {
  const count = async (result: unknown): Promise<unknown> => {
    const file = join(clone, 'result.json');
    writeFileSync(file, JSON.stringify(result));
    return run(process.execPath, [join(SCRIPTS, 'count-tests.mjs'), file]).then(
      ({ stdout }) => ({ stdout, code: 0 }),
      (error: unknown) => error,
    );
  };
  const passed = {
    numPassedTests: 12,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 2,
    numTodoTests: 1,
  };

  it('is one line', async () => {
    expect(await count(passed)).toEqual({ stdout: '12 passed, 0 failed, 3 skipped\n', code: 0 });
  });

  it.each([
    ['a failed test', { numFailedTests: 1 }, '12 passed, 1 failed, 3 skipped\n'],
    ['a file of tests that could not run', { numRuntimeErrorTestSuites: 2 }, '12 passed, 2 failed, 3 skipped\n'],
    ['no test that passed', { numPassedTests: 0 }, '0 passed, 0 failed, 3 skipped\n'],
  ])('fails with %s', async (_, change, stdout) => {
    expect(await count({ ...passed, ...change })).toMatchObject({ stdout, code: 1 });
  });
});
