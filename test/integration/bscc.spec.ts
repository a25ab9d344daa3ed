import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestService, type TestService } from '../support/app';
import { testCluster } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { dumpOf } from '../support/dump-of';

const run = promisify(execFile);

describe('bscc', () => {
  let service: TestService;
  let file: string;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-bscc-'));
    service = await startTestService({ demo: true });
    await service.client.backUp({ label: 'for the tool' });
    file = join(service.storagePath, (await readdir(service.storagePath))[0] ?? '');
  });
  afterAll(async () => {
    await service.stop();
    await rm(directory, { recursive: true });
  });

  const bscc = async (args: string[], environment: Record<string, string> = { BACKUP_ENCRYPTION_KEY: TEST_KEY }) =>
    run(
      process.execPath,
      [
        '--require',
        join(__dirname, '../support/register-typescript.js'),
        join(__dirname, '../../src/cli/bscc.ts'),
        ...args,
      ],
      { env: { PATH: process.env['PATH'], ...environment }, maxBuffer: 64 * 1024 * 1024 },
    );

  it('tells what a file is, without the key and with it', async () => {
    const without = JSON.parse((await bscc(['inspect', file], {})).stdout) as Record<string, unknown>;
    expect(without).toMatchObject({ version: 2 });
    expect(without).not.toHaveProperty('manifest');
    const keyFile = join(directory, 'key');
    await writeFile(keyFile, `${TEST_KEY}\n`);
    const { stdout } = await bscc(['inspect', file], { BACKUP_ENCRYPTION_KEY_FILE: keyFile });
    expect(JSON.parse(stdout)).toMatchObject({ manifest: { label: 'for the tool', scope: ['ALL'] } });
  });

  it('verifies, lists and extracts', async () => {
    expect(JSON.parse((await bscc(['verify', file])).stdout)).toMatchObject({ ok: true });
    expect((await bscc(['list', file])).stdout).toMatch(/^table public\.incidents\t500 rows\t\d+ bytes$/m);
    expect((await bscc(['extract', file, 'schema'])).stdout.startsWith('PGDMP')).toBe(true);
    await expect(bscc(['extract', file, 'nothing'])).rejects.toMatchObject({
      code: 1,
      stderr: 'bscc: the backup has no stream nothing\n',
    });
  });

  it('restores into an empty database, and only there', async () => {
    const copy = await testCluster().createDatabase();
    try {
      const environment = { BACKUP_ENCRYPTION_KEY: TEST_KEY, BERKUT_RESTORE_URL: copy.url };
      await bscc(['restore', file], environment);
      expect(await dumpOf(copy.url)).toEqual(await dumpOf(service.target.url));
      await expect(bscc(['restore', file], environment)).rejects.toMatchObject({
        stderr: 'bscc: the database is not empty: make a new one for the restore\n',
      });
    } finally {
      await copy.drop();
    }
  });

  it('names what is wrong', async () => {
    await expect(bscc(['verify', file], {})).rejects.toMatchObject({
      stderr: expect.stringContaining('no key') as string,
    });
    await expect(bscc(['verify', file], { BACKUP_ENCRYPTION_KEY: 'ff'.repeat(32) })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^bscc: key_not_in_ring: /) as string,
    });
    await expect(bscc(['verify', join(directory, 'key')])).rejects.toMatchObject({
      stderr: expect.stringMatching(/^bscc: not_a_container: /) as string,
    });
  });
});
