import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { apiProgram } from '../../src/cli/api/api-program';
import { bsccProgram } from '../../src/cli/bscc-program';
import { manualPage } from '../../src/cli/manual/manual';
import { failureOf } from '../../src/cli/terminal/exit-code';
import { SHELLS } from '../../src/cli/completion/completion';
import { build } from '../support/built';
import { testCluster } from '../support/cluster';
import { atTerminal, runBscc, shellBscc } from '../support/run-bscc';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const GOLDEN = join(ROOT, 'test/vectors/golden.bscc');
const KEY = { BACKUP_ENCRYPTION_KEY: '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317' };

/** The programs that are there of those that a machine may do without. */

describe('bscc, as a person meets it', () => {
  let directory: string;
  beforeAll(async () => {
    await build();
    directory = await mkdtemp(join(tmpdir(), 'berkut-terminal-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** A command of bash, with the status of each program in its pipeline at the end. */
  const shell = async (command: string): Promise<{ stdout: string; stderr: string }> =>
    run('bash', ['--norc', '-c', `${command}; echo "\${PIPESTATUS[@]}"`], {
      env: { PATH: process.env['PATH'], ...KEY },
    });

  describe('help', () => {
    it.each([
      [['help'], 0],
      [['help', 'restore'], 0],
      [['restore', '--help'], 0],
      [['--api', 'http://127.0.0.1:1', 'help', 'plan'], 0],
      [[], 2],
      [['frobnicate'], 2],
    ])('of %j ends with %d', async (args, code) => {
      expect((await runBscc(args)).code).toBe(code);
    });

    it('has examples, exit codes and the general options, for every command', () => {
      for (const { program } of [bsccProgram({}), apiProgram({})]) {
        expect(program.commands.length).toBeGreaterThan(7);
        for (const command of program.commands) {
          let help = '';
          command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
          expect([command.name(), help]).toEqual([
            command.name(),
            expect.stringMatching(/Examples:\n(?: {2}.*\n)* {2}.*bscc/) as string,
          ]);
          expect(help).toMatch(/Exit codes:\n {4}0 {2}done\n/);
          expect(help).toMatch(/Global Options:[\s\S]*--json[\s\S]*--quiet/);
        }
      }
    });
  });

  describe('standard output', () => {
    it('that nothing reads ends a command without a word, and only cut bytes are a failure', async () => {
      const bscc = (...args: string[]): string => shellBscc(args);
      for (const [command, status] of [
        [`${bscc('list', GOLDEN)} | head -1`, '0 0'],
        [`${bscc('list', GOLDEN)} | true`, '0 0'],
        [`${bscc('help')} | true`, '0 0'],
        [`${bscc('verify', GOLDEN)} | true`, '0 0'],
        [`${bscc('extract', GOLDEN, 'data/0')} | head -c 1 > /dev/null`, '141 0'],
      ] as const) {
        const { stdout, stderr } = await shell(command);
        expect([command, stdout.trimEnd().split('\n').at(-1), stderr]).toEqual([command, status, '']);
      }
    });

    it('gets no bytes when it is a terminal, but the way to get them', async () => {
      for (const what of ['schema', 'sql']) {
        const shown = await atTerminal(shellBscc(['extract', GOLDEN, what]), KEY);
        expect(shown).toMatch(
          /standard output is a terminal: write bscc extract .* > \S+, or give --to DIRECTORY\s+\[2\]$/,
        );
        expect(shown).not.toContain('PGDMP');
      }
      const typed = await atTerminal(shellBscc(['verify', '-']), KEY);
      expect(typed).toMatch(/standard input is a terminal: send it a backup with < FILE or a pipe\s+\[2\]$/);
    });
  });

  describe('progress', () => {
    /** The shares of each phase, in the order in which the terminal has shown them. */
    const sharesIn = (shown: string): Map<string, number[]> => {
      const shares = new Map<string, number[]>();
      for (const [, phase = '', share] of shown.matchAll(/\r(\w[\w ]*?) +(\d+) % {2}[\d.]+ \w+ of [\d.]+ \w+/g))
        shares.set(phase, [...(shares.get(phase) ?? []), Number(share)]);
      return shares;
    };

    it('is one line with phase, share and bytes that never goes back, for everything that takes long', async () => {
      const files = join(directory, 'rekeyed');
      await mkdir(files);
      for (const name of ['a.bscc', 'b.bscc', 'c.bscc']) await copyFile(GOLDEN, join(files, name));
      const previous = join(directory, 'previous');
      await writeFile(previous, KEY.BACKUP_ENCRYPTION_KEY);
      const database = await testCluster().createDatabase();
      try {
        for (const [args, phases, environment] of [
          [['verify', GOLDEN], ['verifying'], KEY],
          [['extract', GOLDEN, 'data/0', '--to', join(directory, 'to')], ['extracting'], KEY],
          [
            ['rekey', files],
            ['rekeying'],
            { BACKUP_ENCRYPTION_KEY: '01'.repeat(32), BERKUT_BACKUP_PREVIOUS_KEYS_FILE: previous },
          ],
          [['restore', GOLDEN, '--to', database.url], ['verifying', 'loading rows'], KEY],
        ] as const) {
          const shown = await atTerminal(shellBscc(args), environment);
          expect([args[0], shown]).toEqual([args[0], expect.stringMatching(/\[0\]$/) as string]);
          const shares = sharesIn(shown);
          for (const phase of phases) {
            const seen = shares.get(phase) ?? [];
            expect([args[0], phase, seen.at(-1)]).toEqual([args[0], phase, 100]);
            expect(seen).toEqual(seen.toSorted((a, b) => a - b));
          }
        }
      } finally {
        await database.drop();
      }
    });

    it('is not there with --quiet or --json, nor as control characters in a pipe', async () => {
      for (const flag of ['--quiet', '--json']) {
        const shown = await atTerminal(shellBscc([flag, 'verify', GOLDEN]), KEY);
        expect([flag, shown]).toEqual([flag, expect.stringMatching(/\[0\]$/) as string]);
        expect(shown).not.toContain('%');
      }
      expect((await runBscc(['verify', GOLDEN], KEY)).stderr).toBe('');
    });
  });

  describe('an error of the system', () => {
    it.each([
      ['ENOENT', ['verify', '/nonexistent/x.bscc'], 1, '/nonexistent/x.bscc: there is no such file or directory'],
      ['ENOENT', ['--key-file', '/nonexistent', 'list', GOLDEN], 3, 'no key: /nonexistent: there is no such file'],
      [
        'ENOENT',
        ['kit', '--yes', '--to', '/nonexistent/kit'],
        1,
        '/nonexistent/kit: there is no such file or directory',
      ],
      ['ENOENT', ['--api', 'http://127.0.0.1:1', '--token-file', '/nonexistent', 'ls'], 1, '/nonexistent: there is no'],
      ['ENOTDIR', ['verify', `${GOLDEN}/x`], 1, `${GOLDEN}/x: a part of its path is not a directory`],
      ['EISDIR', ['verify', '/tmp'], 1, '/tmp: it is a directory; a file is needed'],
      ['EISDIR', ['--key-file', '/tmp', 'list', GOLDEN], 3, 'no key: /tmp: it is a directory; a file is needed'],
      ['ENAMETOOLONG', ['verify', `/${'x'.repeat(300)}`], 1, ': the name is too long'],
      ['EEXIST', ['extract', GOLDEN, 'schema', '--to', GOLDEN], 1, `${GOLDEN}: it is there already`],
      ['ENOENT', ['extract', GOLDEN, 'schema', '--to', '/proc/nonexistent'], 1, '/proc/nonexistent: there is no such'],
    ])('is a sentence with the name of the file: %s of %j', async (_, args, code, said) => {
      const { program } = args[0] === '--api' ? apiProgram({}) : bsccProgram(KEY);
      const failure = await program.parseAsync(args, { from: 'user' }).then(() => undefined, failureOf);
      expect(failure).toMatchObject({ exitCode: code, message: expect.stringContaining(said) as string });
      expect(failure?.message).not.toMatch(/ENO|EIS|EEX|EACC|syscall|\bat \S+:\d+/);
    });

    it('is told of a disk that is full, too', async () => {
      const { stdout, stderr } = await shell(`${shellBscc(['extract', GOLDEN, 'data/0'])} > /dev/full`);
      expect([stdout, stderr]).toEqual(['1\n', 'bscc: failed: standard output: no space is left on the device\n']);
      const list = await shell(`${shellBscc(['list', GOLDEN])} > /dev/full`);
      expect([list.stdout, list.stderr]).toEqual([
        '1\n',
        'bscc: failed: standard output: no space is left on the device\n',
      ]);
    });
  });

  describe('completion', () => {
    let scripts: Record<'bash' | 'zsh' | 'fish', string>;
    beforeAll(async () => {
      scripts = { bash: '', zsh: '', fish: '' };
      for (const name of SHELLS) {
        scripts[name] = join(directory, `completion.${name}`);
        await writeFile(scripts[name], (await runBscc(['completion', name])).stdout);
      }
    });
    /** What bash offers for a line that ends at the cursor. */
    const inBash = async (line: string): Promise<string[]> => {
      const script = `source ${scripts.bash}; COMP_LINE=$1 COMP_POINT=\${#1} _bscc; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['--norc', '-euc', script, 'bash', line]);
      return stdout.split('\n').filter((word) => word !== '');
    };

    it('in bash knows commands, their options, and what follows an address', async () => {
      expect(await inBash('bscc ')).toEqual(expect.arrayContaining(['verify', 'restore', 'kit', 'completion', 'help']));
      expect(await inBash('bscc re')).toEqual(['restore', 'rekey']);
      expect(await inBash('bscc --key-file /etc/key --json ver')).toEqual(['verify']);
      expect(await inBash('bscc restore x.bscc --no')).toEqual(['--no-owner']);
      expect(await inBash('bscc restore --key')).toEqual(['--key-file']);
      expect(await inBash('bscc restore ')).toEqual([]);
      expect(await inBash('bscc restore --to ')).toEqual([]);
      expect(await inBash('bscc completion ')).toEqual(['bash', 'zsh', 'fish']);
      expect(await inBash('bscc help rest')).toEqual(['restore']);
      const service = 'bscc --api http://127.0.0.1:8080';
      expect(await inBash(`${service} r`)).toEqual(['rows', 'restore', 'rollback']);
      expect(await inBash(`${service} restore 7 --dry`)).toEqual(['--dry-run']);
      expect(await inBash(`${service} plan `)).toEqual(['set', 'enable', 'disable']);
      expect(await inBash('bscc --ap')).toEqual(['--api']);
    });

    it('in fish knows the same', async () => {
      const inFish = async (line: string): Promise<string[]> => {
        const { stdout } = await run('fish', ['--no-config', '-c', `source ${scripts.fish}; complete -C '${line}'`]);
        return stdout.split('\n').flatMap((offered) => offered.split('\t')[0] || []);
      };
      expect(await inFish('bscc re')).toEqual(['rekey', 'restore']);
      expect(await inFish('bscc --api http://x r')).toEqual(['restore', 'rollback', 'rows']);
      expect(await inFish('bscc restore --no')).toEqual(['--no-owner']);
    });

    it('in zsh knows the same', async () => {
      const inZsh = async (...words: string[]): Promise<string[]> => {
        // What zsh's own completion functions would be given.
        const script = `compdef() { : }; _files() { print FILES }
          _describe() { print -rl -- "\${(@P)@[-1]}" }
          source ${scripts.zsh}; words=("$@"); CURRENT=$#; _bscc`;
        const { stdout } = await run('zsh', ['-f', '-c', script, 'zsh', ...words]);
        return stdout.split('\n').flatMap((offered) => offered.split(':')[0] || []);
      };
      expect(await inZsh('bscc', '')).toEqual(expect.arrayContaining(['verify', 'kit']));
      expect(await inZsh('bscc', '--api', 'http://x', 'plan', '')).toEqual(['set', 'enable', 'disable']);
      expect(await inZsh('bscc', 'restore', '--')).toEqual(expect.arrayContaining(['--no-owner', '--json']));
      expect(await inZsh('bscc', 'restore', '--to', '')).toEqual(['FILES']);
    });
  });

  describe('the manual page', () => {
    it('is what bscc says of itself, is in the package, and is found to be otherwise', async () => {
      const check = (at: string): Promise<unknown> =>
        run(process.execPath, [join(ROOT, 'scripts/write-manual.mjs'), '--check', at]);
      expect(await readFile(join(ROOT, 'docs/bscc.1'), 'utf8')).toBe(manualPage());
      expect(await check(ROOT)).toEqual({ stdout: '', stderr: '' });
      expect(manualPage()).toMatch(/90s, 30m, 1h, 7d; without it 1h\n/);
      const copy = join(directory, 'manual');
      await mkdir(join(copy, 'docs'), { recursive: true });
      await writeFile(join(copy, 'docs/bscc.1'), 'old');
      await expect(check(copy)).rejects.toMatchObject({ code: 1 });
      expect(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))).toMatchObject({ man: 'docs/bscc.1' });
      expect((await stat(join(ROOT, 'docs/bscc.1'))).isFile()).toBe(true);
    });

    it('has no fault that mandoc knows', async () => {
      const { stdout, stderr } = await run('mandoc', ['-T', 'lint', '-W', 'warning', join(ROOT, 'docs/bscc.1')]);
      expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
    });
  });
});
