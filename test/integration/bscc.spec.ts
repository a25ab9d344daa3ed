import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { FRAME_HEADER_BYTES, SEGMENT_BYTES } from '../../src/engine/container/format/layout';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { TEST_KEY, testKey } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { pipeIntoBscc, runBscc, typeIntoBscc } from '../support/run-bscc';

const run = promisify(execFile);
const KEY = { BACKUP_ENCRYPTION_KEY: TEST_KEY };
const VERSION1 = join(__dirname, '../vectors/version1.bscc');
const VERSION1_KEY = { BACKUP_ENCRYPTION_KEY: '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317' };

describe('bscc', () => {
  let service: TestService;
  let file: string;
  let directory: string;
  let keyFile: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-bscc-'));
    keyFile = join(directory, 'key');
    await writeFile(keyFile, `${TEST_KEY}\n`);
    const files = join(directory, 'app-files');
    await mkdir(join(files, 'docs'), { recursive: true });
    await writeFile(join(files, 'docs', 'звіт.txt'), 'текст');
    service = await startTestService({ demo: true, environment: { BERKUT_BACKUP_FILES_PATH: files } });
    await withClient(service.target.url, (db) =>
      db.query(`CREATE TABLE "a\u001b]52;c;aGk=\u0007b\u202e\nstream c" ()`),
    );
    await service.client.backUp({ label: 'for the tool', include_files: true });
    file = join(service.storagePath, (await readdir(service.storagePath))[0] ?? '');
  });
  afterAll(async () => {
    await service.stop();
    await rm(directory, { recursive: true });
  });

  const json = async (args: string[], environment: Record<string, string> = KEY): Promise<unknown> => {
    const { stdout, stderr } = await runBscc(['--json', ...args], environment);
    return JSON.parse(stdout === '' ? stderr : stdout) as unknown;
  };
  /** A damaged copy of the backup. */
  const damaged = async (name: string, damage: (path: string) => Promise<void>): Promise<string> => {
    const path = join(directory, name);
    await copyFile(file, path);
    await damage(path);
    return path;
  };

  it('tells what a file is, without the key and with it', async () => {
    const without = await json(['inspect', file], {});
    expect(without).toMatchObject({ version: 2, key_id: testKey(1).id });
    expect(without).not.toHaveProperty('manifest');
    expect(await json(['inspect', file], { BACKUP_ENCRYPTION_KEY_FILE: keyFile })).toMatchObject({
      manifest: { label: 'for the tool', scope: ['ALL'] },
    });
    expect(await json(['--key-file', keyFile, 'inspect', file], {})).toHaveProperty('manifest');
    const { stdout } = await runBscc(['inspect', file]);
    expect(stdout).toMatch(/^version +2\n.*\(the manifest needs the key\)\n$/s);
  });

  it('verifies and lists', async () => {
    const whole = (await json(['verify', file])) as { sha256: string };
    expect(whole).toMatchObject({ ok: true, format: 2, size_bytes: (await stat(file)).size });
    expect((await runBscc(['verify', file], KEY)).stdout).toContain(`sha256 ${whole.sha256}\n`);
    expect((await runBscc(['list', file], KEY)).stdout).toMatch(/^table public\.incidents +500 rows +[\d.]+ [KM]iB$/m);
    expect(await json(['list', file])).toMatchObject({
      streams: expect.arrayContaining([expect.objectContaining({ name: 'files' })]) as unknown,
    });
  });

  it('does nothing to a terminal, whatever the names in a backup are', async () => {
    for (const args of [
      ['list', file],
      ['inspect', file],
      ['--json', 'list', file],
    ]) {
      const { stdout } = await runBscc(args, KEY);
      expect(stdout).toContain(
        'a\\u001b]52;c;aGk=\\u0007b\\u202e\\u000astream c'.replace('\\u000a', args[0] === 'list' ? '\\u000a' : '\\n'),
      );
      expect(stdout).not.toMatch(/(?!\n|\t)[\p{C}\p{Zl}]/u);
      expect(stdout).not.toMatch(/^stream c/m);
    }
  });

  it('reads standard input', async () => {
    expect(await pipeIntoBscc(file, ['verify', '-'], KEY)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('whole: ') as string,
    });
    expect(await pipeIntoBscc(VERSION1, ['verify', '-'], VERSION1_KEY)).toMatchObject({ code: 0 });
    expect(await pipeIntoBscc(keyFile, ['verify', '-'], KEY)).toMatchObject({ code: 4 });
    expect((await pipeIntoBscc(file, ['list', '-'], KEY)).stdout).toContain('table public.incidents');
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('bscc-'))).toEqual([]);
  });

  it('asks for the key at the terminal and does not show it', async () => {
    const shown = await typeIntoBscc(['verify', file], 'Key (not shown): ', TEST_KEY);
    expect(shown).toContain('whole: ');
    expect(shown).toContain('100 %');
    expect(shown).not.toContain(TEST_KEY.slice(0, 12));
    expect(shown).toMatch(/\[0\]$/);
    expect(await typeIntoBscc(['verify', file], 'Key (not shown): ', '\u0003')).toMatch(/interrupted\s+\[2\]$/);
  });

  itLong('extracts a stream, the statements, and the files', async () => {
    expect((await runBscc(['extract', file, 'schema'], KEY)).stdout.startsWith('PGDMP')).toBe(true);
    const to = join(directory, 'extracted');
    await runBscc(['extract', file, 'data/0', '--to', to], KEY);
    await runBscc(['extract', file, 'files', '--to', to], KEY);
    expect(await json(['extract', file, 'sql', '--to', to])).toEqual({ written: join(to, 'backup.sql') });
    expect((await readdir(to)).sort()).toEqual(['backup.sql', 'data-0.dump', 'files']);
    expect(await readFile(join(to, 'files', 'docs', 'звіт.txt'), 'utf8')).toBe('текст');
    const copy = await testCluster().createDatabase();
    try {
      await run(
        join(testCluster().binDirectory, 'psql'),
        ['-qX', '-v', 'ON_ERROR_STOP=1', '-f', join(to, 'backup.sql')],
        {
          env: { ...process.env, ...toolEnvironment(parseDatabaseUrl(copy.url)) },
        },
      );
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(service.target.url));
    } finally {
      await copy.drop();
    }
    expect(await runBscc(['extract', file, 'schema', '--to', to], KEY)).toMatchObject({ code: 0 });
    expect(await runBscc(['extract', file, 'schema', '--to', to], KEY)).toMatchObject({ code: 2 });
    // What turns out to be damaged leaves nothing that looks whole, and nothing in the way of the next try.
    const reader = await json(['list', file]);
    const names = (reader as { streams: { name: string }[] }).streams.map(({ name }) => name);
    const broken = await damaged('broken-stream.bscc', async (path) => {
      const bytes = await readFile(path);
      const { index } = await openContainer(bufferSource(bytes), new KeyRing(testKey(1)));
      // In each stream the last byte of what it holds, just before the next frame's header.
      for (const { frame_offsets: offsets, stored_size: size, segments } of index.streams) {
        const lastFrame = Number(Buffer.from(offsets, 'base64').readBigUInt64BE((segments - 1) * 8));
        const end = lastFrame + FRAME_HEADER_BYTES + (size - (segments - 1) * SEGMENT_BYTES);
        bytes.writeUInt8(bytes.readUInt8(end - 1) ^ 1, end - 1);
      }
      await writeFile(path, bytes);
    });
    const empty = join(directory, 'empty');
    for (const name of ['sql', 'files', ...names]) {
      expect([name, (await runBscc(['extract', broken, name, '--to', empty], KEY)).code]).toEqual([name, 4]);
    }
    expect(await readdir(empty)).toEqual([]);
    expect(await runBscc(['extract', file, 'nothing'], KEY)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the backup has no stream nothing; it has schema, data/0') as string,
    });
  });

  itLong('restores into an empty database or one that it makes, and nowhere else', async () => {
    const copy = await testCluster().createDatabase();
    try {
      const environment = { ...KEY, BERKUT_RESTORE_URL: copy.url };
      expect((await runBscc(['restore', file], environment)).stdout).toContain('as many as the backup counted');
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(service.target.url));
      expect(await runBscc(['restore', file], environment)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('the database is not empty') as string,
      });
      await copy.drop();
      const { password } = new URL(copy.url);
      const url = copy.url.replace(`:${password}@`, '@');
      const filesTo = join(directory, 'restored-files');
      expect(
        await json(['restore', file, '--to', url, '--files-to', filesTo], {
          ...KEY,
          PGPASSWORD: decodeURIComponent(password),
        }),
      ).toMatchObject({
        ok: true,
        database_created: true,
        owned_by_restoring_role: [],
        notes: ['not in the backup: application files: extended attributes and access control lists'],
      });
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(service.target.url));
      expect(await readdir(filesTo)).toEqual(['docs']);
    } finally {
      await copy.drop();
    }
  });

  itLong('hands over what belongs to roles that the server does not have', async () => {
    const role = `owner_${process.pid}`;
    const target = service.target.url;
    const copy = await testCluster().createDatabase();
    try {
      await withClient(target, (client) =>
        client.query(`CREATE ROLE ${role}; ALTER TABLE users OWNER TO ${role}; GRANT SELECT ON docs TO ${role}`),
      );
      const backup = await service.client.backUp();
      await withClient(target, (client) =>
        client.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`),
      );
      const owned = join(service.storagePath, backup.filename ?? '');
      expect(await json(['restore', owned, '--to', copy.url])).toMatchObject({ owned_by_restoring_role: [role] });
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(target));
      const left = await withClient(target, (client) =>
        client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]),
      );
      expect(left.rowCount).toBe(0);
    } finally {
      await copy.drop();
    }
  });

  itLong('does all of it with a file of version 1', async () => {
    expect(await json(['inspect', VERSION1], {})).toMatchObject({ version: 1 });
    expect(await json(['inspect', VERSION1], VERSION1_KEY)).toMatchObject({ manifest: { label: 'SAMPLE' } });
    expect(await json(['verify', VERSION1], VERSION1_KEY)).toMatchObject({ ok: true, format: 1 });
    const mixed = join(directory, 'mixed');
    await mkdir(mixed);
    await copyFile(VERSION1, join(mixed, 'old.bscc'));
    const skipped = await runBscc(['--json', 'rekey', mixed], VERSION1_KEY);
    expect([skipped.code, JSON.parse(skipped.stdout)]).toEqual([
      0,
      {
        ok: true,
        files: [{ file: join(mixed, 'old.bscc'), result: 'skipped', reason: expect.any(String) as string }],
      },
    ]);
    await symlink(VERSION1, join(directory, 'link.bscc'));
    expect(await runBscc(['rekey', join(directory, 'link.bscc')], VERSION1_KEY)).toMatchObject({ code: 1 });
    expect((await runBscc(['list', VERSION1], VERSION1_KEY)).stdout).toMatch(/^stream dump +[\d.]+ KiB /m);
    expect((await runBscc(['extract', VERSION1, 'sql'], VERSION1_KEY)).stdout).toContain('CREATE TABLE');
  });

  itLong('restores a file of version 1', async () => {
    const copy = await testCluster().createDatabase();
    try {
      expect(await json(['restore', VERSION1, '--to', copy.url], VERSION1_KEY)).toMatchObject({ ok: true });
      const { rows } = await withClient(copy.url, (client) =>
        client.query<{ n: string }>(`SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public'`),
      );
      expect(Number(rows[0]?.n)).toBeGreaterThan(0);
    } finally {
      await copy.drop();
    }
  });

  it('ends with 3 when it has no key, or nothing that is one', async () => {
    expect(await runBscc(['verify', file])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no key') as string,
    });
    expect(await runBscc(['--key-file', '/nonexistent', 'verify', file])).toMatchObject({ code: 3 });
    expect(await runBscc(['verify', file], { BACKUP_ENCRYPTION_KEY: 'short' })).toMatchObject({ code: 3 });
  });

  it('says which key is in quotes, and does not show it', async () => {
    const quoted = join(directory, 'quoted-key');
    await writeFile(quoted, `"${TEST_KEY}"\n`);
    for (const [environment, source] of [
      [{ BACKUP_ENCRYPTION_KEY: `"${TEST_KEY}"` }, 'BACKUP_ENCRYPTION_KEY'],
      [{ BACKUP_ENCRYPTION_KEY_FILE: quoted }, 'the file of BACKUP_ENCRYPTION_KEY_FILE'],
      [{ ...KEY, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: quoted }, 'line 1 of the file of BERKUT_BACKUP_PREVIOUS_KEYS_FILE'],
    ] as const) {
      const refused = await runBscc(['verify', file], environment);
      expect(refused).toMatchObject({
        code: 3,
        stderr: expect.stringContaining(`${source}: The key is in quotes`) as string,
      });
      expect(refused.stderr).not.toContain(TEST_KEY);
    }
  });

  it('names the key that a file needs and the ring does not have', async () => {
    const other = await runBscc(['verify', file], { BACKUP_ENCRYPTION_KEY: '02'.repeat(32) });
    expect(other).toMatchObject({
      code: 3,
      stderr: `bscc: key_not_in_ring: The file needs key ${testKey(1).id}, which is not in the key ring. The ring has ${testKey(2).id}.\n`,
    });
  });

  it('ends with 4 for a file that is not a container', async () => {
    expect(await runBscc(['verify', keyFile], KEY)).toMatchObject({
      code: 4,
      stderr: 'bscc: not_a_container: This is not a .bscc file.\n',
    });
  });

  it('says at which byte a file ends that was cut', async () => {
    const cut = await damaged('cut.bscc', (path) => truncate(path, 5_000));
    expect(await runBscc(['verify', cut], KEY)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^bscc: truncated: .*\(at byte 5000\)\n$/) as string,
    });
  });

  it('names the stream and the segment of it that was changed', async () => {
    const changed = await damaged('changed.bscc', async (path) => {
      const bytes = await readFile(path);
      bytes.writeUInt8(bytes.readUInt8(1_000) ^ 1, 1_000);
      await writeFile(path, bytes);
    });
    expect(await json(['verify', changed])).toEqual({
      error: {
        code: 'corrupted',
        message: expect.stringMatching(/^Segment 0 of stream \S+ fails authentication/) as string,
        details: expect.objectContaining({ segment: 0, stream_name: expect.any(String) as string }) as unknown,
      },
    });
  });

  it('ends with 2 when a restore has no database to go to, or a command is not known', async () => {
    expect(await runBscc(['restore', file], KEY)).toMatchObject({ code: 2 });
    expect(await runBscc(['restore', file, '--to', 'mysql://x'], KEY)).toMatchObject({ code: 2 });
    expect(await runBscc(['frobnicate'], KEY)).toMatchObject({ code: 2 });
  });

  it('ends with 1 for a file that is not there', async () => {
    expect(await runBscc(['verify', join(directory, 'nothing')], KEY)).toMatchObject({ code: 1 });
  });

  it('ends with 5 when a database cannot be reached, and says why without its password', async () => {
    expect(await runBscc(['restore', file, '--to', 'postgres://u@127.0.0.1:1/x'], KEY)).toMatchObject({
      code: 5,
      stderr:
        'bscc: database: the database "x" on 127.0.0.1:1 cannot be reached: no server listens there (ECONNREFUSED)\n',
    });
    // None of these has a code of the network.
    for (const [rest, why] of [
      [
        `/x?host=${directory}`,
        `on ${directory}/.s.PGSQL.5432 cannot be reached: no server has a socket there (ENOENT)`,
      ],
      [
        '127.0.0.1:1/x?sslmode=verify-full&sslrootcert=/nothing',
        'cannot be reached: the root certificate file /nothing',
      ],
    ] as const) {
      const { code, stderr } = await runBscc(['restore', file, '--to', `postgres://u:hunter2@${rest}`], KEY);
      expect([code, stderr]).toEqual([5, expect.stringContaining(`the database "x" on `)]);
      expect(stderr).toContain(why);
      expect(stderr).not.toContain('hunter2');
    }
  });

  it('tells its version', async () => {
    expect(await runBscc(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });

  it('makes a key', async () => {
    expect(await json(['keygen'], {})).toEqual({ key: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  });
});
