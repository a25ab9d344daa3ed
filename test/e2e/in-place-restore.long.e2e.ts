import pg from 'pg';
import type { TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { wrapTools } from '../support/tool-wrapper';
import { servicesOfEachTest } from '../support/started-services';

const { start, stopAll } = servicesOfEachTest();
const sql = (service: TestService, text: string) => withClient(service.target.url, (db) => db.query(text));

describe('a restore in place', () => {
  it('replaces everything in one transaction when the role may not make databases', async () => {
    const role = `in_place_${process.pid}`;
    const name = `in_place_${process.pid}`;
    const admin = testCluster().adminUrl;
    await withClient(admin, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw' IN ROLE pg_signal_backend`);
      await client.query(`CREATE ROLE ${role}_second ROLE ${role}`);
      await client.query(`CREATE DATABASE ${name} OWNER ${role} TEMPLATE template0`);
    });
    const url = testCluster().url(name, role, 'pw');
    try {
      await withClient(url, (db) =>
        db.query(`CREATE TABLE a (id serial PRIMARY KEY, v text); INSERT INTO a (v) SELECT 'row ' || n FROM generate_series(1, 5000) n;
                  CREATE TABLE b (id int REFERENCES a, d numeric GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO b SELECT id FROM a;
                  CREATE SCHEMA extra; CREATE VIEW extra.v AS SELECT * FROM a; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;
                  CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS E'BEGIN\nPERFORM 1;\nEND'; CREATE TYPE mood AS ENUM ('ok', 'bad');
                  CREATE DOMAIN positive AS int CHECK (VALUE > 0); SELECT lo_from_bytea(77, 'large');
                  GRANT CREATE ON SCHEMA public, extra TO ${role}_second; SET ROLE ${role}_second;
                  CREATE TABLE theirs (i int); CREATE TABLE extra.theirs (i int); RESET ROLE; REVOKE CREATE ON SCHEMA extra FROM ${role}_second`),
      );
      const service = await start({ environment: { BERKUT_DB_URL: url } });
      const backup = await service.client.backUp();
      const before = await dumpOf(url);
      await withClient(url, (db) =>
        db.query(
          `DROP TABLE b; UPDATE a SET v = 'x'; CREATE TABLE later (t text); DROP TYPE mood; SELECT lo_unlink(77)`,
        ),
      );
      const dryRun = await service.client.restore(backup.id, {}, 'restore/dry-run');
      expect(dryRun).toMatchObject({ status: 'success', strategy: 'in_place' });
      expect(await service.client.restore(backup.id, { online: true })).toMatchObject({
        status: 'failed',
        error_code: 'backups.restore.incompatible_version',
        meta_json: { compatibility: { findings: [expect.objectContaining({ code: 'online.needs_swap' })] } },
      });
      const run = await service.client.restore(backup.id);
      expect(run).toMatchObject({ status: 'success', strategy: 'in_place' });
      expect(run).not.toHaveProperty('rollback_until');
      expect(await dumpOf(url)).toEqual(before);
      const { items } = (await service.client.get('/backups')).body;
      expect(items[0]).toMatchObject({ trigger: 'safety', status: 'success' });

      // What the safety backup holds is the state that was replaced.
      await withClient(url, (db) => db.query('CREATE TABLE broken (id int)'));
      const rehearsal = await service.client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run');
      expect(rehearsal).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
      const back = await service.client.restore(items[0]?.id ?? 0);
      expect(back.status).toBe('success');
      expect((await withClient(url, (db) => db.query('SELECT FROM later'))).rowCount).toBe(0);
    } finally {
      await stopAll();
      await withClient(admin, async (client) => {
        await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
        await client.query(`DROP ROLE ${role}, ${role}_second`);
      });
    }
  });

  it('leaves everything as it was when it fails in the middle', async () => {
    const wrapper = await wrapTools();
    try {
      const service = await start({
        demo: true,
        environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place', BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin },
      });
      const backup = await service.client.backUp();
      await sql(service, 'DELETE FROM task_comments');
      const before = await dumpOf(service.target.url);
      await wrapper.killRestore();
      const run = await service.client.restore(backup.id, {
        scope: ['ALL'],
        skip_safety_backup_reason: 'only a test of this',
      });
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.pg_restore_failed' });
      expect(await dumpOf(service.target.url)).toEqual(before);
      await wrapper.spare();
      expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success', strategy: 'in_place' });
    } finally {
      await wrapper.remove();
    }
  });
});
