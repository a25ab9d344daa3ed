import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findServerUser } from '../../src/embedded/server-user';
import { runTool } from '../../src/engine/process/run-tool';
import { startTestService } from '../support/app';
import { throwawayCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import { wrapTools } from '../support/tool-wrapper';

/** The short form, for every change, is a tenth of the long one. */
const LARGE_OBJECTS = process.env['FAULT_SEEDS'] === '0' ? 20_000 : 200_000;

/** A restore that is held before it loads data, with a server of its own that may be broken. */
async function heldRestore(options: { ownControl?: boolean; rows?: number } = {}) {
  const cluster = await throwawayCluster();
  const wrapper = await wrapTools();
  const name = 'target_of_fault';
  await withClient(cluster.adminUrl, (db) => db.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  await withClient(cluster.url(name), (db) =>
    db.query(
      `CREATE TABLE a (id int PRIMARY KEY, v text);
       INSERT INTO a SELECT n, md5(n::text) || md5(random()::text) || md5(random()::text) FROM generate_series(1, ${options.rows ?? 20_000}) n`,
    ),
  );
  const service = await startTestService({
    environment: {
      BERKUT_DB_URL: cluster.url(name),
      BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin,
      ...(options.ownControl === true ? { BERKUT_BACKUP_CONTROL_DB_URL: cluster.url('catalogue') } : {}),
    },
  });
  const backup = await service.client.backUp();
  await withClient(cluster.url(name), (db) => db.query('DELETE FROM a WHERE id > 10'));
  const before = await dumpOf(cluster.url(name));
  await wrapper.holdRestore();
  const { body } = await service.client.post(`/backups/${backup.id}/restore`);
  await wrapper.restoreHeld();
  return {
    cluster,
    wrapper,
    service,
    before,
    url: cluster.url(name),
    container: join(service.storagePath, backup.filename ?? ''),
    runId: body.restore_id,
    async end() {
      await wrapper.release();
      await service.stop();
      await wrapper.remove();
      await cluster.stop();
    },
  };
}

/** Sets how large files of a process and its children to come may grow; as their owner, which any user may be. */
function limitFiles(pid: string, owner: { name: string } | undefined): (size: string) => Promise<string> {
  return (size) => {
    const prlimit = ['prlimit', '--pid', pid, `--fsize=${size}:unlimited`];
    const [command = '', ...args] = owner === undefined ? prlimit : ['runuser', '-u', owner.name, '--', ...prlimit];
    return runTool({ command, args, env: { PATH: process.env['PATH'] ?? '' } });
  };
}

describe('a restore', () => {
  it('needs none of the sessions that are cut while it waits for its first bytes', async () => {
    const held = await heldRestore();
    try {
      await withClient(held.cluster.adminUrl, (db) =>
        db.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = $1',
          ['client backend'],
        ),
      );
      await held.wrapper.release();
      expect((await held.service.client.run(held.runId)).status).toBe('success');
      expect((await withClient(held.url, (db) => db.query('SELECT FROM a'))).rowCount).toBe(20_000);
      expect((await held.service.client.get('/backups')).status).toBe(200);
    } finally {
      await held.end();
    }
  });

  it('is undone when the connection that holds its locks is cut, in the control database', async () => {
    const held = await heldRestore({ ownControl: true });
    try {
      await withClient(held.cluster.url('catalogue'), (db) =>
        db.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'berkut-backups locks'`,
        ),
      );
      const run = await held.service.client.run(held.runId);
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.interrupted' });
      expect(await dumpOf(held.url)).toEqual(held.before);
    } finally {
      await held.end();
    }
  });

  it('is finished or undone by recovery when all sessions of the control database are cut again and again', async () => {
    const held = await heldRestore({ ownControl: true });
    try {
      for (let i = 0; i < 10; i += 1) {
        await withClient(held.cluster.adminUrl, (db) =>
          db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'catalogue'`),
        );
        await delay(20);
      }
      await held.wrapper.release();
      await eventually(async () => {
        const answer = await held.service.client.get('/backups');
        return answer.status === 200;
      });
      await eventually(async () => {
        const answer = await held.service.client.get<{ item: { status: string } }>(`/backups/restores/${held.runId}`);
        return answer.status === 200 && answer.body.item.status === 'failed';
      });
      expect(await dumpOf(held.url)).toEqual(held.before);
    } finally {
      await held.end();
    }
  });

  it('is undone when the file changes after it was verified, and what is wrong is met in the middle', async () => {
    const held = await heldRestore({ rows: 400_000 });
    try {
      const file = await open(held.container, 'r+');
      const { size } = await file.stat();
      await file.write(Buffer.from('damaged'), 0, 7, Math.floor(size * 0.8));
      await file.close();
      await held.wrapper.release();
      const run = await held.service.client.run(held.runId);
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.decrypt_failed' });
      expect(await dumpOf(held.url)).toEqual(held.before);
      expect((await held.service.client.get('/backups')).status).toBe(200);
    } finally {
      await held.end();
    }
  });

  it('is undone when the server can write no more', async () => {
    const held = await heldRestore({ rows: 300_000 });
    try {
      const { rows } = await withClient(held.cluster.adminUrl, (db) =>
        db.query<{ pid: string }>(`SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1) AS pid`),
      );
      // No file of the server may grow beyond this, as if the disk ended there; sessions from now on meet it.
      const limit = limitFiles(rows[0]?.pid ?? '', await findServerUser());
      await limit('17000000');
      await held.wrapper.release();
      const run = await held.service.client.run(held.runId);
      await limit('unlimited');
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.pg_restore_failed' });
      expect(await dumpOf(held.url)).toEqual(held.before);
      expect((await held.service.client.get('/backups')).status).toBe(200);
    } finally {
      await held.end();
    }
  });

  it('has not ended before maintenance has: a row that cannot be written is tried again', async () => {
    const held = await heldRestore({ ownControl: true });
    const catalogue = held.cluster.url('catalogue');
    try {
      // Whoever wants to turn maintenance off is refused.
      await withClient(catalogue, (db) =>
        db.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                  CREATE TRIGGER refuse BEFORE UPDATE ON maintenance FOR EACH ROW WHEN (NEW.restore_id IS NULL) EXECUTE FUNCTION refuse()`),
      );
      await held.wrapper.release();
      await held.service.idle();
      const row = await withClient(catalogue, (db) => db.query<{ status: string }>('SELECT status FROM restore_runs'));
      expect(row.rows).toEqual([{ status: 'running' }]);
      await withClient(catalogue, (db) => db.query('DROP TRIGGER refuse ON maintenance'));
      expect(await held.service.client.run(held.runId)).toMatchObject({ status: 'success' });
      expect((await withClient(held.url, (db) => db.query('SELECT FROM a'))).rowCount).toBe(20_000);
      expect((await held.service.client.get('/backups')).status).toBe(200);
    } finally {
      await held.end();
    }
  });

  it('does not leave maintenance on, should its run have ended all the same', async () => {
    const held = await heldRestore();
    try {
      await held.wrapper.release();
      await held.service.client.run(held.runId);
      await held.service.query('UPDATE maintenance SET restore_id = $1, since = now()', [held.runId]);
      expect((await held.service.client.get('/backups')).status).toBe(503);
      await eventually(async () => (await held.service.client.get('/backups')).status === 200);
    } finally {
      await held.end();
    }
  });

  it('succeeds while a client hammers the target with connections', async () => {
    const held = await heldRestore();
    const hammering = new AbortController();
    const hammer = async (): Promise<void> => {
      while (!hammering.signal.aborted) {
        const client = new pg.Client({ connectionString: held.url });
        client.on('error', () => undefined);
        await client.connect().then(
          () => client.query('SELECT count(*) FROM a').catch(() => undefined),
          () => undefined,
        );
        await client.end().catch(() => undefined);
      }
    };
    const hammers = Array.from({ length: 8 }, hammer);
    try {
      await held.wrapper.release();
      expect((await held.service.client.run(held.runId)).status).toBe('success');
      expect((await withClient(held.url, (db) => db.query('SELECT FROM a'))).rowCount).toBe(20_000);
    } finally {
      hammering.abort();
      await Promise.all(hammers);
      await held.end();
    }
  });
});

describe('a large schema', () => {
  it('of 2,000 tables, and very many large objects, comes back, in memory that does not grow with it', async () => {
    const service = await startTestService();
    try {
      await withClient(service.target.url, async (db) => {
        await db.query(`DO $$ BEGIN FOR i IN 1..2000 LOOP
          EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text); INSERT INTO t%s VALUES (%s, ''x'')', i, i, i); END LOOP; END $$`);
        await db.query('SELECT lo_from_bytea(n, n::text::bytea) FROM generate_series(100000, 99999 + $1::int) n', [
          LARGE_OBJECTS,
        ]);
      });
      const before = process.memoryUsage().rss;
      const backup = await service.client.backUp();
      expect(backup.status).toBe('success');
      await withClient(service.target.url, (db) => db.query('DROP TABLE t1'));
      expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success' });
      const { rows } = await withClient(service.target.url, (db) =>
        db.query(`SELECT (SELECT count(*)::int FROM pg_class WHERE relname ~ '^t[0-9]+$') AS tables,
                         (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects`),
      );
      expect(rows).toEqual([{ tables: 2000, objects: LARGE_OBJECTS }]);
      // With everything else in this process; a dump held as a whole would be several times that.
      expect(process.memoryUsage().rss - before).toBeLessThan(250_000_000);
    } finally {
      await service.stop();
    }
  });
});
