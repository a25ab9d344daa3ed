import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import { NoticeTicker } from '../../src/notices/notice-ticker';
import type { IntegrityItemDto } from '../../src/restore/http/integrity.dto';
import { testCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { isLong, itLong } from '../support/form';
import type { Obstacle } from '../support/statement-proxy';
import { holdDatabase } from './hold-database';
import { type UndoWorld, undoWorld } from './undo-world';

/** Everything that is sent once the target is open; each may fail for ever. */
const TIDYING: readonly (readonly [name: string, statement: RegExp])[] = [
  ['the look at the database to drop', /FROM pg_catalog\.pg_subscription WHERE subdbid = d\.oid/],
  ['ALTER SUBSCRIPTION … DISABLE', /^ALTER SUBSCRIPTION .* DISABLE/],
  ['ALTER SUBSCRIPTION … SET (slot_name = NONE)', /^ALTER SUBSCRIPTION .* SET/],
  ['DROP SUBSCRIPTION', /^DROP SUBSCRIPTION/],
  ['DROP DATABASE', /^DROP DATABASE/],
  ['the look for placeholder roles', /shobj_description\(oid, 'pg_authid'\) = /],
];

const OBSTACLES: readonly { name: string; statement: RegExp; how: Obstacle }[] = [
  ...TIDYING.map(([name, statement]) => ({ name, statement, how: 'refused' }) as const),
  { name: 'DROP DATABASE', statement: /^DROP DATABASE/, how: 'never answered' },
  { name: 'DROP SUBSCRIPTION', statement: /^DROP SUBSCRIPTION/, how: 'never answered' },
];

/** The short form lets the decisive one fail, in each way. */
const TRIED = isLong ? OBSTACLES : OBSTACLES.filter(({ name }) => name === 'DROP DATABASE');

/** What the target cannot be given back without: it fails only where the server is as good as away. */
const GIVING_BACK: readonly (readonly [name: string, statement: RegExp])[] = [
  ['the look at which database is which', /^SELECT datname::text AS name, oid::text/],
  ['ALTER DATABASE … ALLOW_CONNECTIONS true', /ALLOW_CONNECTIONS true/],
];

/** About our own session, or only read for a message. */
const HARMLESS = [
  /set_config/,
  /^SET statement_timeout = 0$/,
  /pg_backend_pid\(\)/,
  /^SET ROLE NONE$/,
  /datallowconn/,
  /DISTINCT coalesce/,
];

describe('a restore that is undone', () => {
  let world: UndoWorld;
  beforeAll(async () => {
    world = await undoWorld();
  });
  afterAll(() => world.remove());
  afterEach(async () => {
    world.proxy.clear();
    await world.tidied();
  });

  itLong('sends no statement that none of these tests lets fail', async () => {
    const run = await world.begin();
    world.proxy.statements();
    await run.goOn('badly');
    expect(await world.client.run(run.id)).toMatchObject({ error_code: 'backups.restore.migration_failed' });
    await world.tidied();
    const known = [...TIDYING, ...GIVING_BACK].map(([, statement]) => statement).concat(HARMLESS);
    expect(world.proxy.statements().filter((text) => !known.some((statement) => statement.test(text)))).toEqual([]);
    expect(await world.databases()).toEqual([]);
  });

  it.each(TRIED)(
    'gives the target back, ends, and says what is left, when $name is $how',
    async ({ statement, how }) => {
      const run = await world.begin();
      world.proxy.obstruct({ statement, how });
      await run.goOn('badly');
      expect(await world.client.run(run.id)).toMatchObject({
        status: 'failed',
        error_code: 'backups.restore.migration_failed',
      });
      await world.expectGivenBack();
      expect(world.proxy.hasObstructed).toBe(true);
      const left = await world.leftovers();
      expect(left.map(({ run_id: id }) => id)).toContain(run.id);
      for (const { command, reason } of left) {
        expect(command).toMatch(/^(ALTER DATABASE|DROP ROLE)/);
        if (how === 'refused') expect(reason ?? 'permission denied').toContain('permission denied');
      }
      // It is in the way of nothing: not of a backup, not of the next restore.
      expect(await world.client.backUp()).toMatchObject({ status: 'success' });

      world.proxy.clear();
      await world.tidied();
      expect(await world.databases()).toEqual([]);
    },
  );

  it('gives the target back when nothing can connect to the loaded database any more', async () => {
    const run = await world.begin();
    world.proxy.obstruct({ database: /_restore_/ });
    await run.goOn('badly');
    expect(await world.client.run(run.id)).toMatchObject({ error_code: 'backups.restore.migration_failed' });
    await world.expectGivenBack();
    expect(await world.leftovers()).toMatchObject([{ kind: 'staging_database', run_id: run.id }]);
  });

  it.each(GIVING_BACK)('stays closed only as long as the server refuses %s', async (_, statement) => {
    const run = await world.begin();
    world.proxy.obstruct({ statement });
    await run.goOn('badly');
    await eventually(() => world.proxy.hasObstructed);
    expect((await world.client.get('/backups')).status).toBe(503);
    world.proxy.clear();
    await world.service.app.get(RestoreRecovery).look();
    expect(await world.client.run(run.id)).toMatchObject({ error_code: 'backups.restore.migration_failed' });
    await world.expectGivenBack();
  });

  it('waits for no session that holds the entry of the target in the catalogue', async () => {
    const run = await world.begin();
    const held = await holdDatabase(world.targetName);
    await run.goOn('badly');
    expect(await world.client.run(run.id)).toMatchObject({ error_code: 'backups.restore.migration_failed' });
    await world.expectGivenBack();
    await held.release().catch(() => undefined);
  });

  it('does not fail for roles that cannot be dropped when everything is loaded', async () => {
    world.proxy.obstruct({ statement: /^DROP ROLE/ });
    const run = await world.begin();
    await run.goOn('badly');
    expect(await world.client.run(run.id)).toMatchObject({ error_code: 'backups.restore.migration_failed' });
    await world.expectGivenBack();
    // What has been loaded may be on the list until it is dropped, which need not be before the run has ended.
    await eventually(async () => (await world.leftovers()).length === 1);
    expect(await world.leftovers()).toMatchObject([
      { kind: 'roles', run_id: run.id, command: expect.stringMatching(/^DROP ROLE/) as string },
    ]);
  });

  it('never has more than one scratch database that cannot be dropped, and none of the rehearsals runs on', async () => {
    world.proxy.obstruct({ statement: /^DROP DATABASE/ });
    const rehearse = () => world.client.restore(world.backupId, { mode: 'rehearse' }, 'restore/dry-run');
    const first = await rehearse();
    expect(first).toMatchObject({ status: 'success' });
    expect(await world.leftovers()).toMatchObject([{ kind: 'scratch_database', run_id: first.id }]);
    expect(await rehearse()).toMatchObject({ status: 'failed', error_code: 'backups.restore.leftovers' });
    expect(await world.databases()).toHaveLength(1);
    const alerts = async () => {
      await world.service.app.get(NoticeTicker).tick();
      return (await world.client.get<IntegrityItemDto>('/backups/integrity')).body.item.alerts;
    };
    expect((await alerts()).map(({ alert }) => alert)).not.toContain('leftovers');
    await world.service.query(`UPDATE restore_leftovers SET since = now() - interval '61 minutes'`);
    expect(await alerts()).toContainEqual(
      expect.objectContaining({
        alert: 'leftovers',
        message: expect.stringContaining(`restore run ${first.id} left could not be removed`) as string,
      }),
    );
    world.proxy.clear();
    expect(await rehearse()).toMatchObject({ status: 'success' });
    expect(await world.databases()).toEqual([]);
  });

  itLong('tidies what one run has left while an attempt at that of another never ends', async () => {
    world.proxy.obstruct({ statement: /^DROP DATABASE .*_rehearsal_/, how: 'never answered' });
    const hanging = await world.client.restore(world.backupId, { mode: 'rehearse' }, 'restore/dry-run');
    const run = await world.begin();
    await run.goOn('badly');
    await world.client.run(run.id);
    await eventually(async () => (await world.leftovers()).every(({ run_id: id }) => id === hanging.id));
    expect(world.proxy.hasObstructed).toBe(true);
    expect(await world.databases()).toEqual([expect.stringContaining('_rehearsal_')]);
  });

  itLong('drops what is kept of a target that is a template and has a subscription', async () => {
    await withClient(testCluster().adminUrl, (db) => db.query(`ALTER DATABASE "${world.targetName}" IS_TEMPLATE true`));
    const run = await world.begin();
    await run.goOn('well');
    expect(await world.client.run(run.id)).toMatchObject({ status: 'success' });
    await world.tidied();
    expect(await world.databases()).toEqual([]);
    const { rows } = await withClient(world.targetUrl, (db) =>
      db.query('SELECT datistemplate FROM pg_database WHERE datname = current_database()'),
    );
    expect(rows).toEqual([{ datistemplate: true }]);
  });
});
