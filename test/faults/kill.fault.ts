import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import type { JsonClient } from '../support/json-client';
import { putGate } from '../support/step-gate';
import { killedService, type KilledService } from './killed-service';

/** How many random moments; `npm run test:faults` takes more. */
const SEEDS = Number(process.env['FAULT_SEEDS'] ?? '3');
/** Without random moments only every journal entry is tried, not every step: the gate's short form. */
const isShort = SEEDS === 0;

/** A step that is being done, its end about to be recorded. */
const atEndOf = (step: string): string =>
  `old.steps @> '[{"name": "${step}", "status": "running"}]' AND new.steps @> '[{"name": "${step}", "status": "success"}]'`;
/** A journal entry that is about to be written. */
const beforeEntry = (phase: string): string =>
  `new.journal ->> 'phase' = '${phase}' AND (old.journal IS NULL OR old.journal ->> 'phase' <> '${phase}')`;

const SWAP_STEPS = [
  'load_artifact',
  'decrypt_bscc',
  'compatibility_check',
  'enter_maintenance',
  'stop_background_jobs',
  'restore_database',
  'verify_restored_data',
  'swap_database',
  'exit_maintenance',
  'finish',
];
const kinds = [
  {
    kind: 'full restore',
    environment: {},
    steps: SWAP_STEPS,
    phases: ['fencing', 'staging', 'swapping', 'swapped'],
    begin: (client: JsonClient, backupId: number) => client.post(`/backups/${backupId}/restore`),
  },
  {
    kind: 'restore in place',
    environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place' },
    steps: ['enter_maintenance', 'stop_background_jobs', 'restore_database', 'swap_database', 'exit_maintenance'],
    phases: ['fencing', 'loading', 'committing', 'committed'],
    begin: (client: JsonClient, backupId: number) => client.post(`/backups/${backupId}/restore`),
  },
  {
    kind: 'scoped restore',
    environment: {},
    steps: ['stop_background_jobs', 'restore_database', 'swap_database'],
    phases: ['loading', 'committing', 'committed'],
    begin: (client: JsonClient, backupId: number) =>
      client.post(`/backups/${backupId}/restore`, {
        scope: ['tasks', 'accounts'],
        skip_safety_backup_reason: 'a test',
      }),
  },
  {
    kind: 'rehearsal',
    environment: {},
    steps: ['restore_database', 'verify_restored_data', 'finish'],
    phases: ['loading'],
    begin: (client: JsonClient, backupId: number) =>
      client.post(`/backups/${backupId}/restore/dry-run`, { mode: 'rehearse' }),
  },
];

describe.each(kinds)('a $kind whose process is killed', ({ environment, steps, phases, begin }) => {
  let service: KilledService;
  let backupId: number;
  let states: { old: string[]; new: string[] };
  beforeEach(async () => {
    service = await killedService(environment);
    const client = await service.start();
    const whole = await dumpOf(service.target.url);
    backupId = (await client.backUp()).id;
    await withClient(service.target.url, (db) =>
      db.query(`DELETE FROM task_comments; UPDATE users SET full_name = 'x' WHERE id < 10`),
    );
    states = { old: await dumpOf(service.target.url), new: whole };
    await service.kill();
  });
  afterEach(() => service.remove());

  /** Starts again, looks, and then does the same without being killed. */
  const recover = async (): Promise<void> => {
    const client = await service.start();
    await service.expectWhole(client, states);
    const answer = await client.get<{ items: { status: string; error_code?: string }[] }>('/backups/restores');
    for (const run of answer.body.items) {
      if (run.status === 'failed') expect(run.error_code).toBe('backups.restore.interrupted');
    }
    expect(await client.backUp()).toMatchObject({ status: 'success' });
    const again = await begin(client, backupId);
    expect(await client.run(again.body.restore_id)).toMatchObject({ status: 'success' });
    await service.expectWhole(client, states);
  };

  it.each([
    ...(isShort ? [] : steps).map((step) => [`after it has done ${step}`, atEndOf(step)] as const),
    ...phases.map((phase) => [`before it writes ${phase} into its journal`, beforeEntry(phase)] as const),
  ])('leaves the target whole: %s', async (_, condition) => {
    const client = await service.start();
    const gate = await putGate(service.control, condition);
    await begin(client, backupId);
    await gate.reached();
    await service.kill();
    await gate.remove();
    await recover();
  });

  it.each(Array.from({ length: Math.max(SEEDS, 1) }, (_, i) => i + 1))(
    'leaves the target whole: at random moment %i',
    async (seed) => {
      const client = await service.start();
      await begin(client, backupId);
      // Spread over the two seconds that it takes; the sequence is the same for everybody.
      await delay((seed * 787) % 2_100);
      await service.kill();
      await recover();
    },
  );
});

describe('a rollback whose process is killed', () => {
  it.each([
    ...(isShort ? [] : ['enter_maintenance', 'stop_background_jobs', 'swap_database', 'exit_maintenance']).map(
      (step) => [`after it has done ${step}`, atEndOf(step)] as const,
    ),
    ...['fencing', 'swapping', 'swapped'].map(
      (phase) =>
        [`before it writes ${phase} into its journal`, `new.mode = 'rollback' AND ${beforeEntry(phase)}`] as const,
    ),
  ])('leaves the target whole and the kept copy there: %s', async (_, condition) => {
    const service = await killedService();
    try {
      let client = await service.start();
      const restored = await dumpOf(service.target.url);
      const backup = await client.backUp();
      await withClient(service.target.url, (db) => db.query('DELETE FROM task_comments'));
      const damaged = await dumpOf(service.target.url);
      const restore = await client.restore(backup.id);
      expect(restore.status).toBe('success');
      const gate = await putGate(service.control, condition);
      await client.post(`/backups/restores/${restore.id}/rollback`);
      await gate.reached();
      await service.kill();
      await gate.remove();
      client = await service.start();
      const state = await service.expectWhole(client, { old: restored, new: damaged });
      if (state === 'old') {
        const again = await client.post(`/backups/restores/${restore.id}/rollback`);
        expect(again.status).toBe(202);
        expect(await client.run(again.body.restore_id)).toMatchObject({ status: 'success' });
        expect(await dumpOf(service.target.url)).toEqual(damaged);
      }
    } finally {
      await service.remove();
    }
  });
});

describe('a backup whose process is killed', () => {
  it('is ended as interrupted at the next start, and nothing of it is left', async () => {
    const service = await killedService();
    try {
      let client = await service.start();
      await client.backUp();
      await client.post('/backups');
      await delay(150);
      await service.kill();
      client = await service.start();
      const { items } = (await client.get('/backups')).body;
      for (const item of items) {
        if (item.status === 'failed') expect(item.error_code).toBe('backups.interrupted');
      }
      expect(await client.backUp()).toMatchObject({ status: 'success' });
      const whole = await dumpOf(service.target.url);
      await service.expectWhole(client, { old: whole, new: whole });
    } finally {
      await service.remove();
    }
  });
});
