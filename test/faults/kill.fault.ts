import { setTimeout as delay } from 'node:timers/promises';
import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { isLong, itLong } from '../support/form';
import { putGate } from '../support/step-gate';
import { holdDatabase } from './hold-database';
import { afterEntry, beforeEntry, BEFORE_THE_END, beginOf, endOf, type KillPoint } from './kill-points';
import {
  FULL,
  IN_PLACE,
  INTO,
  KEPT,
  ONLINE,
  PROMOTION,
  REHEARSAL,
  type RestoreModeUnderTest,
  ROLLBACK,
  SCOPED,
  TABLES,
} from './restore-modes';
import { type RestoreWorld, restoreWorld } from './restore-world';

/** How many random moments, over all modes; none in the short form, which kills on both sides of the change in the journal. */
const SEEDS = isLong ? Number(process.env['FAULT_SEEDS'] ?? '50') : 0;

/** The short form kills a rollback once, in its exchange, and no scoped restore: that commits as one in place does. */
const MODES = isLong
  ? [FULL, ONLINE, ROLLBACK, IN_PLACE, SCOPED, TABLES, REHEARSAL, INTO, KEPT, PROMOTION]
  : [FULL, ONLINE, IN_PLACE, REHEARSAL, INTO, KEPT, PROMOTION];

function pointsOf(mode: RestoreModeUnderTest): KillPoint[] {
  const { phases, steps } = mode;
  // From the exchange on it does what a full restore does.
  if (!isLong && mode === ONLINE) return [afterEntry('staging'), beforeEntry('fencing'), afterEntry('fencing')];
  // On both sides of the moment in which the new database gets its name.
  if (!isLong && mode === INTO) return [beforeEntry('naming'), endOf('name_database')];
  // Its database is marked as kept, and the run has not ended.
  if (!isLong && mode === KEPT) return [BEFORE_THE_END];
  // What the last entry says has been done before it is written: the target is new and the journal does not know.
  // A rehearsal has one entry.
  const [decisive = '', last = decisive] = phases.slice(-2);
  const loading = phases.filter((phase) => phase === 'staging');
  if (!isLong) return [...loading, decisive].map(afterEntry).concat(beforeEntry(last));
  return [
    ...steps.flatMap((step) => [beginOf(step), endOf(step)]),
    ...phases.flatMap((phase) => [beforeEntry(phase), afterEntry(phase)]),
    BEFORE_THE_END,
  ];
}

describe('a run whose process is killed', () => {
  let world: RestoreWorld;
  beforeAll(async () => {
    world = await restoreWorld();
  });
  afterAll(() => world.remove());

  /** Begins a run, lets `disturb` kill it, starts again and looks; then the same once more, undisturbed. */
  const killed = async (mode: RestoreModeUnderTest, disturb: (begin: () => Promise<void>) => Promise<void>) => {
    let client = await world.running(mode);
    const run = await world.prepare(mode);
    let id = 0;
    await disturb(async () => {
      const { status, body } = await mode.begin(client, run.subject, world.service.target.name);
      expect(status).toBe(202);
      id = body.restore_id;
    });
    client = await world.running(mode);
    await world.expectWhole(client, run, id);
    expect(await client.backUp()).toMatchObject({ status: 'success' });
    // In the short form the next run shows as much: it gets as far as to where it is killed.
    if (isLong) await undisturbed(mode);
  };
  const undisturbed = async (mode: RestoreModeUnderTest): Promise<void> => {
    const client = await world.running(mode);
    const run = await world.prepare(mode);
    const { body } = await mode.begin(client, run.subject, world.service.target.name);
    expect(await client.run(body.restore_id)).toMatchObject({ status: 'success' });
    await world.expectWhole(client, run, body.restore_id);
  };

  describe.each(MODES)('in a $kind', (mode) => {
    it.each(pointsOf(mode))('leaves the target whole: $name', async ({ rule, when }) => {
      await killed(mode, async (begin) => {
        const gate = await putGate(world.service.control, rule);
        try {
          await begin();
          await gate.reached();
          if (when === 'after') {
            world.service.freeze();
            await gate.pass();
          }
        } finally {
          await world.kill();
          await gate.remove();
        }
      });
    });

    // In the short form one mode shows it for all: other tests have each of them succeed.
    if (isLong || mode === FULL) it('works after all that', () => undisturbed(mode));
  });

  it.each(isLong ? [FULL, ROLLBACK, PROMOTION] : [FULL, ROLLBACK])(
    'leaves the target whole: in the middle of the exchange, in a $kind',
    async (mode) => {
      await killed(mode, async (begin) => {
        const gate = await putGate(world.service.control, beforeEntry('swapping').rule);
        await begin();
        await gate.reached();
        // What is done before the renames is done; they wait for us.
        const held = await holdDatabase(world.service.target.name);
        await gate.pass();
        await held.waitedFor();
        await world.kill();
        await held.release();
        await gate.remove();
      });
    },
  );

  it.each(isLong ? [FULL, ROLLBACK, IN_PLACE] : [FULL])(
    'leaves the target whole: under maintenance, with the target not yet closed, in a $kind',
    async (mode) => {
      await killed(mode, async (begin) => {
        const held = await holdDatabase(world.service.target.name);
        await begin();
        await held.waitedFor();
        await world.kill();
        await held.release();
      });
    },
  );

  itLong(
    'is not taken for a success because a foreign database has the name that its kept copy would have',
    async () => {
      let client = await world.running(FULL);
      const run = await world.prepare(FULL);
      const gate = await putGate(world.service.control, afterEntry('staging').rule);
      const id = await world.nextRunId();
      const stranger = await testCluster().createDatabase(`${world.service.target.name}_before_${id}`);
      try {
        expect((await FULL.begin(client, run.subject, world.service.target.name)).body.restore_id).toBe(id);
        // Unless it is refused before.
        await Promise.race([gate.reached(), client.run(id)]);
        await world.kill();
        await gate.remove();
        client = await world.running(FULL);
        expect((await client.run(id)).status).toBe('failed');
        expect(await world.stateNow()).toEqual(run.old);
        expect((await client.get('/backups')).status).toBe(200);
        await withClient(stranger.url, (db) => db.query('SELECT'));
      } finally {
        await stranger.drop();
      }
    },
  );

  describe('beside another replica', () => {
    let replica: TestService;
    let recovery: RestoreRecovery;
    beforeAll(async () => {
      replica = await startTestService({ beside: world.service, environment: world.environment });
      recovery = replica.app.get(RestoreRecovery);
    });
    afterAll(() => replica.stop());

    it.each(isLong ? MODES : [FULL])('is left alone as long as it lives, in a $kind', async (mode) => {
      const client = await world.running(mode);
      const run = await world.prepare(mode);
      const gate = await putGate(world.service.control, beforeEntry(mode.phases.at(-1) ?? '').rule);
      const { body } = await mode.begin(client, run.subject, world.service.target.name);
      await gate.reached();
      const row = `SELECT status, journal FROM restore_runs WHERE id = ${body.restore_id}`;
      const before = await replica.query(row);
      await recovery.look();
      expect(await replica.query(row)).toEqual(before);
      await gate.pass();
      expect(await client.run(body.restore_id)).toMatchObject({ status: 'success' });
      await gate.remove();
      await world.expectWhole(replica.client, run, body.restore_id);
    });

    it.each(isLong ? MODES : [IN_PLACE])('is ended by it as soon as it is dead, in a $kind', async (mode) => {
      const client = await world.running(mode);
      const run = await world.prepare(mode);
      const gate = await putGate(world.service.control, beforeEntry(mode.phases.at(-1) ?? '').rule);
      const { body } = await mode.begin(client, run.subject, world.service.target.name);
      await gate.reached();
      await world.kill();
      await gate.remove();
      await world.expectWhole(replica.client, run, body.restore_id);
      expect(await replica.client.backUp()).toMatchObject({ status: 'success' });
    });
  });

  if (SEEDS === 0) return;
  it.each(Array.from({ length: SEEDS }, (_, i) => ({ seed: i + 1, mode: MODES[i % MODES.length] ?? FULL })))(
    'leaves the target whole: at random moment $seed, in a $mode.kind',
    async ({ seed, mode }) => {
      await killed(mode, async (begin) => {
        await begin();
        // Spread evenly over the length of a run; the sequence is the same in every run.
        await delay(world.lengthMs(mode) * ((seed * 0.618_034) % 1));
        await world.kill();
      });
    },
  );
});
