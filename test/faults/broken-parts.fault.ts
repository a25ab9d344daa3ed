import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { isLong, itLong } from '../support/form';
import { BIG_ROWS, type BrokenWorld, brokenWorld, FILE_LIMIT_BYTES } from './broken-world';
import { hammer } from './hammer';
import { FULL, IN_PLACE, REHEARSAL, type RestoreModeUnderTest, ROLLBACK, SCOPED } from './restore-modes';

const LOADING = [FULL, IN_PLACE, SCOPED, REHEARSAL];
const HAMMERS = 24;

/** The short form breaks each part once, under one mode; the long one under every mode that can meet it. */
function modes(all: readonly RestoreModeUnderTest[], short: readonly RestoreModeUnderTest[]) {
  return isLong ? all : short;
}

describe('a run that something breaks under', () => {
  let world: BrokenWorld;
  beforeAll(async () => {
    world = await brokenWorld();
  });
  afterAll(() => world.remove());

  const expectUndone: BrokenWorld['expectUndone'] = async (mode, run, code) => {
    await world.expectUndone(mode, run, code);
    if (isLong) await world.expectRestores(mode);
  };

  it.each(modes([...LOADING, ROLLBACK], [FULL]))(
    'is undone when the server is killed, away for a while, and recovers, in a $kind',
    async (mode) => {
      const run = await world.hold(mode);
      await world.targetServer.kill();
      await run.release();
      if (mode !== REHEARSAL) expect((await run.client.get('/backups')).status).toBe(503);
      await world.targetServer.start();
      await expectUndone(mode, run);
    },
  );

  const cutSessions = (): Promise<unknown> =>
    withClient(world.targetServer.adminUrl, (db) =>
      db.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
      ),
    );

  it.each(modes([IN_PLACE, SCOPED], [SCOPED]))('is undone when its transaction is cut, in a $kind', async (mode) => {
    const run = await world.hold(mode, 'committing');
    await cutSessions();
    await run.release();
    await expectUndone(mode, run);
  });

  it.each(modes([FULL, REHEARSAL], [FULL]))(
    'needs none of the sessions that are cut before its first bytes, in a $kind',
    async (mode) => {
      const run = await world.hold(mode);
      await cutSessions();
      await run.release();
      expect(await world.ended(run)).toMatchObject({ status: 'success' });
      expect((await run.client.get('/backups')).status).toBe(200);
    },
  );

  it.each(modes([FULL, IN_PLACE, REHEARSAL], [IN_PLACE]))(
    'is undone when pg_restore is killed, in a $kind',
    async (mode) => {
      await world.tools.killRestore();
      const run = await world.begin(mode);
      await world.ended(run);
      await world.tools.spare();
      await expectUndone(mode, run, 'backups.restore.pg_restore_failed');
    },
  );

  itLong('is undone when pg_restore is killed and a foreign database has the name of its kept copy', async () => {
    const { query } = await world.service(FULL);
    const id = Number((await query('SELECT max(id) + 1 AS id FROM restore_runs'))[0]?.['id']);
    await world.tools.killRestore();
    const name = `${new URL(world.targetUrl).pathname.slice(1)}_before_${id}`;
    // Made when the target has been put back, which drops whatever is called like it.
    await world.tools.holdRestore();
    const run = await world.begin(FULL);
    expect(run.id).toBe(id);
    await Promise.race([world.tools.restoreHeld(), world.ended(run)]);
    const stranger = await world.targetServer.createDatabase(name);
    try {
      await world.tools.release();
      await world.ended(run);
      await world.tools.spare();
      // Nothing more: to put the target back is to drop whatever is called like it.
      await world.expectUndone(FULL, run, 'backups.restore.pg_restore_failed');
      await withClient(stranger.url, (db) => db.query('SELECT'));
    } finally {
      await world.tools.spare();
      await stranger.drop();
    }
  });

  it.each(modes(LOADING, [IN_PLACE]))('is undone when the server can write no more, in a $kind', async (mode) => {
    await world.targetServer.limitFiles(FILE_LIMIT_BYTES);
    const run = await world.begin(mode);
    await world.ended(run);
    await world.targetServer.limitFiles('unlimited');
    await expectUndone(mode, run);
  });

  it.each(modes(LOADING, [FULL]))(
    'is undone when the file changes after it was verified, and what is wrong is met in the middle, in a $kind',
    async (mode) => {
      const run = await world.hold(mode, 'loading');
      const { repair } = await world.damage();
      await run.release();
      await world.ended(run);
      await repair();
      await expectUndone(mode, run, 'backups.restore.decrypt_failed');
    },
  );

  it('ends, and has given the target back, although a session hangs in what it has loaded', async () => {
    const run = await world.hold(FULL);
    const hung = await world.hangSession('%_restore_%');
    try {
      const { repair } = await world.damage();
      await run.release();
      expect(await world.ended(run)).toMatchObject({ status: 'failed', error_code: 'backups.restore.decrypt_failed' });
      await repair();
      expect((await run.client.get('/backups')).status).toBe(200);
      await withClient(world.targetUrl, (db) => db.query('SELECT'));
      const { body } = await run.client.get<{ item: object }>('/backups/integrity');
      // The role that loads rows goes after the database, if it had been made.
      expect(body.item).toMatchObject({
        leftovers: expect.arrayContaining([
          expect.objectContaining({ kind: 'staging_database', run_id: run.id }),
        ]) as object,
      });
    } finally {
      hung.goOn();
    }
    await expectUndone(FULL, run, 'backups.restore.decrypt_failed');
  });

  it.each(modes([...LOADING, ROLLBACK], [IN_PLACE]))(
    'is undone when the connection that holds its locks is cut, in a $kind',
    async (mode) => {
      const run = await world.hold(mode);
      await withClient(world.controlUrl, (db) =>
        db.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'berkut-backups locks'`,
        ),
      );
      const end = mode === ROLLBACK || mode === SCOPED ? undefined : world.ended(run);
      // What loads is stopped where it is; what waits at our gate goes on from there, and finds out.
      if (end === undefined) await run.release();
      await (end ?? world.ended(run));
      await run.release();
      await expectUndone(mode, run, 'backups.restore.interrupted');
    },
  );

  it.each(modes([FULL, IN_PLACE, REHEARSAL], [FULL]))(
    'is undone when the server of the control database is restarted, in a $kind',
    async (mode) => {
      const run = await world.hold(mode);
      await world.controlServer.shutDown();
      // It is not known whether maintenance is on: that is not "off".
      expect((await run.client.get('/backups')).status).toBeGreaterThanOrEqual(500);
      await run.release();
      await world.controlServer.start();
      await expectUndone(mode, run);
    },
  );

  it('is finished or undone by recovery when all sessions of the control database are cut again and again', async () => {
    const run = await world.hold(FULL);
    for (let i = 0; i < 10; i += 1) {
      await withClient(world.controlServer.adminUrl, (db) =>
        db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'catalogue'`),
      );
      await delay(20);
    }
    await run.release();
    await expectUndone(FULL, run);
  });

  itLong.each([FULL, ROLLBACK, IN_PLACE, SCOPED])(
    'succeeds while clients hammer the target with connections from before to after it, in a $kind',
    async (mode) => {
      const clients = hammer(world.targetUrl, HAMMERS);
      const { counts } = clients;
      try {
        await eventually(() => counts.connected > HAMMERS);
        const run = await world.hold(mode);
        if (mode !== SCOPED) {
          // Every client has been refused at least once: what was under way before the fence is over.
          const { refused } = counts;
          await eventually(() => counts.refused > refused + HAMMERS);
          const { connected } = counts;
          await eventually(() => counts.refused > refused + 2 * HAMMERS);
          expect(counts.connected).toBe(connected);
        }
        await run.release();
        expect(await world.ended(run)).toMatchObject({ status: 'success' });
        const { connected } = counts;
        await eventually(() => counts.connected > connected + HAMMERS);
      } finally {
        await clients.stop();
      }
      const rows = await withClient(world.targetUrl, (db) => db.query('SELECT FROM task_files'));
      expect(rows.rowCount).toBe(mode === ROLLBACK ? 0 : BIG_ROWS);
    },
  );

  it('has not ended before maintenance has: a row that cannot be written is tried again', async () => {
    const run = await world.hold(FULL);
    // Every attempt to turn maintenance off is refused.
    await withClient(world.controlUrl, (db) =>
      db.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON maintenance FOR EACH ROW WHEN (NEW.restore_id IS NULL) EXECUTE FUNCTION refuse()`),
    );
    await run.release();
    const { idle } = await world.service(FULL);
    await idle();
    const row = await withClient(world.controlUrl, (db) =>
      db.query<{ status: string }>('SELECT status FROM restore_runs WHERE id = $1', [run.id]),
    );
    expect(row.rows).toEqual([{ status: 'running' }]);
    await withClient(world.controlUrl, (db) => db.query('DROP TRIGGER refuse ON maintenance; DROP FUNCTION refuse'));
    expect(await world.ended(run)).toMatchObject({ status: 'success' });
    expect((await run.client.get('/backups')).status).toBe(200);
  });

  it('does not leave maintenance on, should its run have ended all the same', async () => {
    const run = await world.begin(FULL);
    expect(await world.ended(run)).toMatchObject({ status: 'success' });
    await withClient(world.controlUrl, (db) =>
      db.query('UPDATE maintenance SET restore_id = $1, since = now()', [run.id]),
    );
    expect((await run.client.get('/backups')).status).toBe(503);
    await eventually(async () => (await run.client.get('/backups')).status === 200);
  });

  it.each(modes([...LOADING, ROLLBACK], [SCOPED]))('works after all that, in a $kind', (mode) =>
    world.expectRestores(mode),
  );
});
