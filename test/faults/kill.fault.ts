import { setTimeout as delay } from 'node:timers/promises';
import { putGate } from '../support/step-gate';
import { afterEntry, beforeEntry, BEFORE_THE_END, beginOf, endOf, type KillPoint } from './kill-points';
import { FULL, IN_PLACE, REHEARSAL, type RestoreModeUnderTest, ROLLBACK, SCOPED } from './restore-modes';
import { type RestoreWorld, restoreWorld } from './restore-world';

/** How many random moments, over all modes; none in the short form, which kills once around every journal entry. */
const SEEDS = Number(process.env['FAULT_SEEDS'] ?? '0');
const isShort = SEEDS === 0;

const MODES = [FULL, ROLLBACK, IN_PLACE, SCOPED, REHEARSAL];

function pointsOf({ phases, steps }: RestoreModeUnderTest): KillPoint[] {
  const entries = phases.flatMap((phase) => [beforeEntry(phase), afterEntry(phase)]);
  if (isShort) return entries;
  return [...steps.flatMap((step) => [beginOf(step), endOf(step)]), ...entries, BEFORE_THE_END];
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
      const { status, body } = await mode.begin(client, run.subject);
      expect(status).toBe(202);
      id = body.restore_id;
    });
    client = await world.running(mode);
    await world.expectWhole(client, run, id);
    expect(await client.backUp()).toMatchObject({ status: 'success' });
    // In the short form the next run shows as much: it gets as far as to where it is killed.
    if (!isShort) await undisturbed(mode);
  };
  const undisturbed = async (mode: RestoreModeUnderTest): Promise<void> => {
    const client = await world.running(mode);
    const run = await world.prepare(mode);
    const { body } = await mode.begin(client, run.subject);
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

    it('works after all that', () => undisturbed(mode));
  });

  it.each(Array.from({ length: SEEDS }, (_, i) => ({ seed: i + 1, mode: MODES[i % MODES.length] ?? FULL })))(
    'leaves the target whole: at random moment $seed, in a $mode.kind',
    async ({ seed, mode }) => {
      await killed(mode, async (begin) => {
        await begin();
        // Spread evenly over the length of a run; the sequence is the same for everybody.
        await delay(world.lengthMs(mode) * ((seed * 0.618_034) % 1));
        await world.kill();
      });
    },
  );
});
