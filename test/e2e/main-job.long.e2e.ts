import { verifyForward } from '../../src/engine/container/read/forward-reader';
import { withClient } from '../support/cluster';
import { testRing } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { startTestService, type TestService } from '../support/app';

describe('the main job', () => {
  let service: TestService;
  beforeAll(async () => (service = await startTestService({ demo: true })));
  afterAll(() => service.stop());

  it('backs up, downloads, checks, and restores a damaged database to what it was', async () => {
    const { client, target } = service;
    const before = await dumpOf(target.url);

    const backup = await client.backUp({ label: 'до оновлення' });
    expect(backup).toMatchObject({ status: 'success', source: 'local', trigger: 'manual', requested_by: 'root' });
    expect(backup.meta_json).toMatchObject({
      backup_scope: ['ALL'],
      backup_label: 'до оновлення',
      db_engine: 'postgres',
    });

    const download = await client.fetch('GET', `/backups/${backup.id}/download`);
    expect(download.status).toBe(200);
    const bytes = Buffer.from(await download.arrayBuffer());
    expect(bytes.length).toBe(backup.size_bytes);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes);
    }
    expect((await verifyForward(chunks(), testRing)).sha256).toBe(backup.checksum);

    const dryRun = await client.restore(backup.id, {}, 'restore/dry-run');
    expect(dryRun).toMatchObject({ status: 'success', dry_run: true, strategy: 'swap' });
    expect(await dumpOf(target.url)).toEqual(before);

    await withClient(target.url, (db) =>
      db.query(`
        DELETE FROM task_comments; DROP TABLE monitor_metrics CASCADE; DROP TABLE sessions CASCADE;
        CREATE OR REPLACE FUNCTION refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        SELECT lo_unlink(oid) FROM pg_largeobject_metadata;`),
    );
    expect(await dumpOf(target.url)).not.toEqual(before);

    const run = await client.restore(backup.id);
    expect(run).toMatchObject({ status: 'success', dry_run: false, strategy: 'swap' });
    expect(run.steps.map((step) => [step.name, step.status])).toEqual([
      ['load_artifact', 'success'],
      ['open_file', 'success'],
      ['decrypt_bscc', 'success'],
      ['verify_checksums', 'success'],
      ['read_manifest', 'success'],
      ['compatibility_check', 'success'],
      ['enter_maintenance', 'success'],
      ['stop_background_jobs', 'success'],
      ['restore_database', 'success'],
      ['verify_restored_data', 'success'],
      ['run_migrations_if_needed', 'success'],
      ['swap_database', 'success'],
      ['exit_maintenance', 'success'],
      ['finish', 'success'],
    ]);
    expect(await dumpOf(target.url)).toEqual(before);
  });
});
