import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { build } from '../support/built';
import { containerOf, testKey } from '../support/containers';
import { atTerminal, runBscc, shellBscc } from '../support/run-bscc';

const run = promisify(execFile);

describe('bscc --api', () => {
  let service: TestService;
  let directory: string;
  let token: string;
  beforeAll(async () => {
    await build();
    directory = await mkdtemp(join(tmpdir(), 'berkut-bscc-api-'));
    service = await startTestService({ small: true });
    token = await service.token('backup_operator', 'alice');
  });
  afterAll(async () => {
    await service.stop();
    await rm(directory, { recursive: true });
  });
  const bscc = (...args: string[]) => runBscc(['--api', service.url, ...args], { BERKUT_TOKEN: token });

  it('makes, lists, downloads and imports a backup (there once), restores it and rolls back', async () => {
    const made = await bscc('backup', '--label', 'before the upgrade');
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^backup 1: success, [\d.]+ [KM]iB\n$/) as unknown,
    });
    const listed = await bscc('ls');
    expect(listed.stdout.split('\n')).toEqual([
      expect.stringMatching(/^ID +STATUS +SIZE/),
      expect.stringMatching(/^ 1 +success +[\d.]+ [KM]iB +\S+ \S+ +local +before the upgrade$/),
      '',
    ]);
    const file = join(directory, 'saved.bscc');
    expect(await bscc('download', '1', '--to', file)).toMatchObject({ code: 0, stdout: `${file}\n` });
    expect(await bscc('download', '1', '--to', file)).toMatchObject({ code: 2 });
    expect(await readdir(directory)).toEqual(['saved.bscc']);
    expect(await bscc('import', file)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^backup 1: success, [\d.]+ [KM]iB, was there already\n$/) as unknown,
      stderr: '',
    });
    // At a terminal, what has been sent is one line that never goes back; in a pipe there is none.
    const shown = await atTerminal(shellBscc(['--api', service.url, 'import', file]), { BERKUT_TOKEN: token });
    const shares = [...shown.matchAll(/\ruploading +(\d+) % {2}[\d.]+ \w+ of [\d.]+ \w+/g)].map((match) =>
      Number(match[1]),
    );
    expect(shares.at(-1)).toBe(100);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shown).toMatch(/backup 1: success, [\d.]+ [KM]iB, was there already\s+\[0\]$/);

    await withClient(service.target.url, (client) => client.query('DELETE FROM letters'));
    const checked = await bscc('restore', '1', '--dry-run', '--allow-incomplete');
    expect(checked).toMatchObject({ code: 0, stdout: 'restore run 1: success\n' });
    const restored = await bscc('restore', '1', '--allow-incomplete');
    expect(restored.code).toBe(0);
    expect(restored.stderr).toContain('ok     restore_database\n');
    expect(restored.stdout).toMatch(/^restore run 2: success\nthe old database is kept until \S+Z;/);
    const allowed = await service.query(
      `SELECT action FROM audit_records WHERE details->'allow_incomplete' = 'true' ORDER BY seq`,
    );
    expect(allowed).toEqual([{ action: 'backups.restore.dry_run' }, { action: 'backups.restore.start' }]);
    const rows = async (): Promise<number | null> =>
      (await withClient(service.target.url, (client) => client.query('SELECT FROM letters'))).rowCount;
    expect(await rows()).toBe(100);
    expect(await bscc('rollback', '2')).toMatchObject({ code: 0 });
    expect(await rows()).toBe(0);
    expect(await bscc('watch', '2')).toMatchObject({ code: 0 });
    expect((await bscc('copy', '1')).stderr).toMatch(/^bscc: backups.copies_not_configured: /);
    expect((await bscc('--json', 'plan')).stdout).toContain('"schedule_type":"daily"');
  });

  it('lists the tables of a backup, shows rows, and writes SQL for callers who may extract', async () => {
    const { item } = JSON.parse((await bscc('--json', 'backup')).stdout) as { item: { id: number } };
    const id = String(item.id);
    expect((await bscc('tables', id, '--q', 'task_t')).stdout).toMatch(/^public\.task_tags +\d+ rows +[\d.]+ KiB$/m);
    expect(await bscc('sql', id)).toMatchObject({ code: 1, stderr: expect.stringMatching(/forbidden/) as unknown });
    const admin = { BERKUT_TOKEN: await service.token('admin', 'bob') };
    const asAdmin = (...args: string[]) => runBscc(['--api', service.url, ...args], admin);
    const rows = await asAdmin('rows', id, '--table', 'task_tags', '--limit', '1');
    expect([rows.stdout.split('\n').length, rows.stderr]).toEqual([
      3,
      'bscc: public.task_tags has more rows than these\n',
    ]);
    const file = join(directory, 'tags.sql');
    expect(await asAdmin('sql', id, '--table', 'task_tags', '--output', file)).toMatchObject({ code: 0 });
    const { stdout } = await asAdmin('sql', id, '--table', 'task_tags');
    expect(stdout).toMatch(/^-- public\.task_tags of a backup[\s\S]*\nCOMMIT;\n$/);
    expect(await readFile(file, 'utf8')).toHaveLength(stdout.length);
    await rm(file);
    expect((await asAdmin('rows', id, '--table', 'task_tgs')).stderr).toMatch(/ \(similar: public\.task_tags.*\)\n$/);
  });

  it('says what the service has refused, and ends with 1', async () => {
    expect(await bscc('get', '4711')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^bscc: backups.not_found: /) as unknown,
    });
    const { stderr } = await bscc('--json', 'get', '4711');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'backups.not_found' } });
    expect((await bscc('backup', '--scope', 'nonsense')).stderr).toMatch(/ \(scope; unknown: nonsense\)\n$/);
    expect((await bscc('restore', '1', '--tables', 'public.nothing')).stderr).toMatch(
      / \(tables; unknown: public\.nothing\) The backup has no rows of such tables; .*\n$/,
    );
    expect((await bscc('plan', 'set', 'retention_day=3')).stderr).toMatch(/ \(retention_day\)\n$/);
  });

  it('imports a file that is new, says so with the warning of the service, and says it into a closed pipe, too', async () => {
    const file = join(directory, 'foreign.bscc');
    const schema = { name: 'schema', kind: 'schema', plain: Buffer.from('from elsewhere') } as const;
    await writeFile(file, await containerOf([schema], testKey(1)));
    const { code, stdout, stderr } = await bscc('import', file);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^backup \d+: success, [\d.]+ \w+, is new\n$/)]);
    expect(stderr).toMatch(/^bscc: This file may hold anything/);
    const again = JSON.parse((await bscc('--json', 'import', file)).stdout) as object;
    expect(again).toMatchObject({ is_new: false, warnings: [expect.any(String)], item: { source: 'imported' } });
    const [text, json] = [[], ['--json']].map((options) =>
      shellBscc(['--api', service.url, ...options, 'import', file]),
    );
    for (const command of [text, json]) {
      // The reader has gone before anything is written: it ends at once, and the service takes longer than that.
      const { stdout: codes, stderr: said } = await run(
        'bash',
        ['--norc', '-c', `${String(command)} | true; echo "\${PIPESTATUS[@]}"`],
        { env: { PATH: process.env['PATH'], BERKUT_TOKEN: token } },
      );
      expect([codes, said]).toEqual(['0 0\n', expect.not.stringMatching(/EPIPE|closed|failed/)]);
    }
  });

  it('names the file that cannot be imported, and says in which way', async () => {
    const [missing, empty, folder] = [
      join(directory, 'missing'),
      join(directory, 'empty "1"'),
      join(directory, 'folder'),
    ];
    await writeFile(empty, '');
    await mkdir(folder);
    const failed = async (file: string) => (await bscc('import', file)).stderr;
    expect(await failed(missing)).toBe(`bscc: failed: ${missing}: there is no such file or directory\n`);
    expect(await failed(folder)).toBe(`bscc: failed: ${folder}: it is a directory; a file is needed\n`);
    expect(await failed('/dev/null')).toBe('bscc: usage: /dev/null is not a file\n');
    expect(await failed(empty)).toMatch(/^bscc: backups\.\w+: /);
  });

  it('reads the token from a file, and never shows it', async () => {
    const file = join(directory, 'token');
    await writeFile(file, `${token}\n`);
    const listed = await runBscc(['--api', service.url, '--token-file', file, '--json', 'ls']);
    expect(JSON.parse(listed.stdout)).toHaveProperty('items');
    const refused = await runBscc(['--api', service.url, 'ls'], { BERKUT_TOKEN: `${token}x` });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('auth.unauthorized') as unknown });
    expect(refused.stderr).not.toContain(token.slice(0, 20));
    expect(await runBscc(['--api', service.url, 'ls'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('BERKUT_TOKEN') as unknown,
    });
  });

  it('says that nothing answers there', async () => {
    const { code, stderr } = await runBscc(['--api', 'http://127.0.0.1:1', 'ls'], { BERKUT_TOKEN: token });
    expect([code, stderr]).toEqual([1, 'bscc: unreachable: http://127.0.0.1:1 cannot be reached\n']);
  });
});
