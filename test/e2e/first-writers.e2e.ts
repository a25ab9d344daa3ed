import { CopyRows } from '../../src/backups/catalogue/copy-rows';
import { StorageCheck } from '../../src/backups/storage-check/storage-check.service';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { withClient } from '../support/cluster';

describe('a row that several may be the first to write', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  /** Two write, and neither before both have seen that there is no row. */
  const bothAtOnce = (table: string, write: () => Promise<void>): Promise<void> =>
    withClient(service.control.url, async (client) => {
      await client.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`);
      const both = Promise.all([write(), write()]);
      await eventually(async () => {
        const { rowCount } = await client.query('SELECT FROM pg_locks WHERE NOT granted AND relation = $1::regclass', [
          table,
        ]);
        return rowCount === 2;
      });
      await client.query('COMMIT');
      await both;
    });

  it('is that of a look at the storage: a start and the plan, of each replica', async () => {
    await service.query('DELETE FROM storage_check');
    await bothAtOnce('storage_check', () => service.app.get(StorageCheck).check(() => Promise.resolve(false)));
    expect(await service.query('SELECT unknown_files, missing_files FROM storage_check')).toEqual([
      { unknown_files: 0, missing_files: 0 },
    ]);
  });

  it('is that of a copy: a rescan that finds it, and who makes it', async () => {
    const { id: backupId, checksum } = await service.client.backUp();
    const copy = { backupId, storage: 'further', place: 'a place', storageName: 'one.bscc' };
    await bothAtOnce('backup_files', () => service.app.get(CopyRows).succeed(copy, checksum ?? ''));
    await service.app.get(CopyRows).fail(copy, 'backups.storage_unavailable');
    expect(await service.query('SELECT state, storage_name, checksum, attempts FROM backup_files')).toEqual([
      { state: 'pending', storage_name: 'one.bscc', checksum: null, attempts: 1 },
    ]);
  });
});
