import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';

describe('a backup with application files', () => {
  let service: TestService;
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-app-files-'));
    await mkdir(join(place, 'live', 'docs'), { recursive: true });
    await writeFile(join(place, 'live', 'docs', 'звіт.txt'), 'перший');
    service = await startTestService({ environment: { BERKUT_BACKUP_FILES_PATH: join(place, 'live') } });
  });
  afterAll(async () => {
    await service.stop();
    await rm(place, { recursive: true });
  });
  const report = (): Promise<string> => readFile(join(place, 'live', 'docs', 'звіт.txt'), 'utf8');

  it('puts them back together with the database, and keeps what was there', async () => {
    const backup = await service.client.backUp({ include_files: true });
    expect(backup.meta_json).toMatchObject({
      includes_files: true,
      checksums: { files: { size: expect.any(Number) as number } },
    });
    await writeFile(join(place, 'live', 'docs', 'звіт.txt'), 'зіпсований');
    await writeFile(join(place, 'live', 'later'), 'new');
    await withClient(service.target.url, (db) => db.query('CREATE TABLE later ()'));
    const run = await service.client.restore(backup.id);
    expect(run).toMatchObject({ status: 'success' });
    expect(await report()).toBe('перший');
    expect(await readdir(join(place, 'live'))).toEqual(['docs']);
    expect((await readdir(place)).sort()).toEqual(['live', `live.before-${run.id}`]);
  });

  it('says what of them it cannot keep, when it is made and when it is restored, and gives the directory its rights back', async () => {
    const live = join(place, 'live');
    const latin1 = Buffer.concat([Buffer.from(`${live}/`), Buffer.from('r\xe9sum\xe9', 'latin1')]);
    await writeFile(latin1, 'bytes');
    await symlink('/etc/hostname', join(live, 'elsewhere'));
    await chmod(live, 0o2775);
    const backup = await service.client.backUp({ include_files: true });
    await unlink(latin1);
    const run = await service.client.restore(backup.id);
    expect(run.steps.find(({ name }) => name === 'restore_database')).toMatchObject({
      details: {
        files_not_restored: [
          'application files: extended attributes and access control lists',
          'application files: 1 links that lead out of the directory ("elsewhere")',
        ],
      },
    });
    expect(await readFile(latin1, 'utf8')).toBe('bytes');
    expect((await stat(live)).mode & 0o7777).toBe(0o2775);
  });

  it('finds beforehand that the directory cannot be exchanged', async () => {
    const backup = await service.client.backUp({ include_files: true });
    await rename(join(place, 'live'), join(place, 'aside'));
    await writeFile(join(place, 'live'), 'a file');
    const run = await service.client.restore(backup.id, {}, 'restore/dry-run').finally(async () => {
      await rm(join(place, 'live'));
      await rename(join(place, 'aside'), join(place, 'live'));
    });
    expect(run).toMatchObject({
      status: 'failed',
      error_code: 'backups.restore.incompatible_version',
    });
    expect(JSON.stringify(run.steps)).toContain('the files path is not a directory');
  });

  it('leaves them alone when the backup has none', async () => {
    const backup = await service.client.backUp();
    await writeFile(join(place, 'live', 'docs', 'звіт.txt'), 'другий');
    expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success' });
    expect(await report()).toBe('другий');
  });
});
