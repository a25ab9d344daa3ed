import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

  it('leaves them alone when the backup has none', async () => {
    const backup = await service.client.backUp();
    await writeFile(join(place, 'live', 'docs', 'звіт.txt'), 'другий');
    expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success' });
    expect(await report()).toBe('другий');
  });
});
