import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Where programs put what is temporary. */
const SHARED = [tmpdir(), '/var/tmp', '/dev/shm'];

describe('plaintext', () => {
  let service: TestService;
  /** What was in the shared directories before: it is other programs', and may be large. */
  const theirs: string[] = [];
  const marker = `marker-${randomBytes(16).toString('hex')}`;
  // Files that were written before there was a marker cannot hold it; some file systems count in whole seconds.
  const oldestMs = Date.now() - 2_000;
  beforeAll(async () => {
    for (const directory of SHARED) {
      for (const name of await readdir(directory)) theirs.push(join(directory, name));
    }
    service = await startTestService({ demo: true });
    await withClient(service.target.url, async (db) => {
      await db.query(`INSERT INTO task_tags (name, color) VALUES ('${marker}', '#000000')`);
      // Enough rows for the dump to last while the directories are searched, and the marker in the schema, too.
      await db.query(
        `CREATE TABLE marked AS SELECT n, '${marker}' AS marker, md5(n::text) AS noise FROM generate_series(1, 100000) n`,
      );
      await db.query(`COMMENT ON TABLE marked IS '${marker}'`);
      await db.query(`CREATE TABLE named (name text PRIMARY KEY); INSERT INTO named VALUES ('${marker}')`);
    });
  });
  afterAll(() => service.stop());

  /** Files below a directory that hold the marker. */
  const search = async (directory: string, skipped: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (skipped.includes(path)) continue;
      if (entry.isDirectory()) found.push(...(await search(path, skipped)));
      if (!entry.isFile()) continue;
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined || stats.size > MAX_FILE_BYTES || stats.mtimeMs < oldestMs) continue;
      const content = await readFile(path).catch(() => Buffer.alloc(0));
      if (content.includes(marker)) found.push(path);
    }
    return found;
  };

  it('is in no file under the storage, the temporary and the working directories, at any time', async () => {
    const { rows } = await withClient(service.control.url, (db) =>
      db.query<{ path: string }>(`SELECT current_setting('data_directory') AS path`),
    );
    // The server's own files are the database itself.
    const ours = ['node_modules', 'console/node_modules', '.berkut', '.git'].map((name) => join(process.cwd(), name));
    const skipped = [...rows.map(({ path }) => path), ...ours, ...theirs];
    const places = [service.storagePath, ...SHARED, process.cwd()];
    const searchAll = async (): Promise<string[]> =>
      (await Promise.all(places.map((place) => search(place, skipped)))).flat();
    const during = async <T>(operation: Promise<T>): Promise<T> => {
      const state = { isOver: false };
      const watched = operation.finally(() => (state.isOver = true));
      let searches = 0;
      while (!state.isOver) {
        expect(await searchAll()).toEqual([]);
        searches += 1;
      }
      expect(searches).toBeGreaterThan(0);
      return watched;
    };

    const backup = await during(service.client.backUp({ label: 'no plaintext' }));
    expect(backup.status).toBe('success');
    expect((await during(service.client.restore(backup.id, {}, 'restore/dry-run'))).status).toBe('success');
    expect((await during(service.client.restore(backup.id))).status).toBe('success');
    for (const path of ['sql', 'sql?table=marked', 'rows?table=marked']) {
      const read = async (): Promise<string> =>
        (await service.client.fetch('GET', `/backups/${backup.id}/${path}`)).text();
      expect([path, (await during(read())).includes(marker)]).toEqual([path, true]);
    }
    // What a comparison finds has the marker in the key of a row.
    const keep = { mode: 'rehearse', keep_hours: 1 };
    const { id } = await during(service.client.restore(backup.id, keep, 'restore/dry-run'));
    await withClient(service.target.url, (db) => db.query('DELETE FROM named'));
    const compared = async (): Promise<unknown> => {
      const path = `/backups/restores/${id}/comparison?table=named`;
      await eventually(async () => (await service.client.get(path.replace(/\?.*/, ''))).status === 200);
      return (await service.client.get(path)).body;
    };
    expect(await during(compared())).toMatchObject({
      item: { status: 'success', tables: [{ keys: { only_in_backup: [[marker]] } }] },
    });
    expect((await service.client.post(`/backups/restores/${id}/discard`)).status).toBe(200);
    expect(await searchAll()).toEqual([]);

    // The search does find one.
    await writeFile(join(service.storagePath, 'plain'), `before ${marker} after`);
    expect(await searchAll()).toEqual([join(service.storagePath, 'plain'), join(service.storagePath, 'plain')]);
  });
});
