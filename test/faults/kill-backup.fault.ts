import { readdir } from 'node:fs/promises';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { isLong } from '../support/form';
import type { JsonClient } from '../support/json-client';
import { type GateRule, putGate } from '../support/step-gate';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';
import { killedService, type KilledService } from './killed-service';
import { WHOLE } from '../support/small-target';

/** A moment at which something is recorded, on which side of it the process dies, and what is to come of it. */
interface Point {
  readonly name: string;
  readonly rule: GateRule;
  readonly when: 'before' | 'after';
  readonly outcome: string;
  /** One that the short form leaves out. */
  readonly isRare?: true;
}

const backups = (on: GateRule['on'], condition: string): GateRule => ({ table: 'backups', on, condition });
const QUEUED = backups('INSERT', `new.status = 'queued'`);
const CLAIMED = backups('UPDATE', `old.status = 'queued' AND new.status = 'running'`);
const MADE = backups('UPDATE', `old.status = 'running' AND new.status = 'success'`);
const ARRIVED = backups('INSERT', `new.status = 'success'`);
const MARKED = backups('UPDATE', 'old.removing IS NULL AND new.removing IS NOT NULL');
const DELETED = backups('DELETE', 'old.removing IS NOT NULL');
const due = (state: string): GateRule => ({
  table: 'due_runs',
  on: 'UPDATE',
  condition: `old.state <> '${state}' AND new.state = '${state}'`,
});

const ofForm = (points: readonly Point[]): Point[] => points.filter(({ isRare }) => isLong || isRare !== true);

describe('a process that is killed', () => {
  let service: KilledService;
  let tools: ToolWrapper;
  let client: JsonClient;
  beforeAll(async () => {
    tools = await wrapTools();
    service = await killedService({ BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin }, { demo: false });
    await withClient(service.target.url, (db) => db.query(WHOLE));
    client = await service.start();
    await service.end();
    client = await service.start();
  });
  afterAll(async () => {
    await tools.release();
    await service.remove();
    await tools.remove();
  });

  const rows = (sql: string): Promise<Record<string, unknown>[]> =>
    withClient(service.control.url, async (db) => (await db.query<Record<string, unknown>>(sql)).rows);
  const followingPlan = (): Promise<JsonClient> =>
    service.start({
      BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin,
      BERKUT_SCHEDULER_ENABLED: 'true',
      BERKUT_SCHEDULER_INTERVAL_SECONDS: '1',
      BERKUT_BACKUP_RESTORE_TEST_AUTO_ENABLED: 'false',
    });

  /** Kills the process where `begin` meets the rule. */
  const killAt = async ({ rule, when }: Point, begin: () => Promise<unknown>): Promise<void> => {
    const gate = await putGate(service.control, rule);
    try {
      // The answer, if one is awaited, never comes.
      void begin().catch(() => undefined);
      await gate.reached();
      if (when === 'after') {
        service.freeze();
        await gate.pass();
      }
    } finally {
      await service.kill();
      await gate.remove();
    }
  };

  /** That nothing is half done: what is listed is there, what is there is listed, and the next backup is made. */
  const expectTidy = async (): Promise<void> => {
    await eventually(async () => {
      const open = await rows(`SELECT FROM backups WHERE status IN ('queued', 'running') OR removing IS NOT NULL`);
      return open.length === 0;
    });
    expect(await client.backUp()).toMatchObject({ status: 'success' });
    const listed = await rows(`SELECT storage_name FROM backups WHERE status = 'success'`);
    expect((await readdir(service.storagePath)).sort()).toEqual(
      listed.map(({ storage_name: name }) => String(name)).sort(),
    );
    expect(await rows(`SELECT DISTINCT error_code FROM backups WHERE status = 'failed'`)).toEqual(
      expect.not.arrayContaining([{ error_code: null }]),
    );
  };
  const newest = async (): Promise<Record<string, unknown> | undefined> =>
    (await rows('SELECT id::int, status, error_code FROM backups ORDER BY id DESC LIMIT 1'))[0];

  it.each(
    ofForm([
      { name: 'before it is queued', rule: QUEUED, when: 'before', outcome: 'nothing', isRare: true },
      { name: 'after it is queued', rule: QUEUED, when: 'after', outcome: 'made', isRare: true },
      { name: 'before it is begun', rule: CLAIMED, when: 'before', outcome: 'made', isRare: true },
      { name: 'after it is begun', rule: CLAIMED, when: 'after', outcome: 'interrupted', isRare: true },
      {
        name: 'when its file is there and its row is not written',
        rule: MADE,
        when: 'before',
        outcome: 'interrupted, with a file for a rescan to adopt',
      },
      { name: 'after it is a success', rule: MADE, when: 'after', outcome: 'made', isRare: true },
    ]),
  )('while it makes a backup leaves it $outcome: $name', async (point) => {
    const last = await newest();
    await killAt(point, () => client.post('/backups'));
    client = await service.start();
    await eventually(
      async () => (await rows(`SELECT FROM backups WHERE status IN ('queued', 'running')`)).length === 0,
    );
    const now = await newest();
    if (point.outcome === 'nothing') expect(now).toEqual(last);
    if (point.outcome === 'made') expect(now).toMatchObject({ status: 'success' });
    if (point.outcome.startsWith('interrupted')) {
      expect(now).toMatchObject({ status: 'failed', error_code: 'backups.interrupted' });
    }
    if (point.outcome.endsWith('adopt')) {
      expect(await client.rescan()).toMatchObject({ adopted: [expect.anything()] });
      expect(await newest()).toMatchObject({ status: 'success' });
    }
    await expectTidy();
  });

  it('while pg_dump runs leaves the backup interrupted, and nothing of its file', async () => {
    await tools.hold();
    await client.post('/backups');
    await tools.held();
    await service.kill();
    await tools.release();
    client = await service.start();
    expect(await newest()).toMatchObject({ status: 'failed', error_code: 'backups.interrupted' });
    await expectTidy();
  });

  /** A backup that was made here, downloaded, and deleted. */
  const containerFromElsewhere = async (): Promise<Buffer> => {
    const { id } = await client.backUp();
    const bytes = await (await client.fetch('GET', `/backups/${id}/download`)).arrayBuffer();
    expect((await client.delete(`/backups/${id}`)).status).toBe(200);
    return Buffer.from(bytes);
  };
  const successes = async (): Promise<number> => (await rows(`SELECT FROM backups WHERE status = 'success'`)).length;

  it('while a file arrives leaves nothing of it', async () => {
    const bytes = await containerFromElsewhere();
    const before = await successes();
    const half = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield bytes.subarray(0, bytes.length / 2);
      await new Promise(() => undefined);
    };
    void client.upload(half()).catch(() => undefined);
    await eventually(async () => (await readdir(service.storagePath)).some((name) => name.startsWith('.')));
    await service.kill();
    client = await service.start();
    expect(await successes()).toBe(before);
    await expectTidy();
    expect((await client.upload([bytes])).status).toBe(201);
    await client.delete(`/backups/${String((await newest())?.['id'])}`);
  });

  it.each(
    ofForm([
      { name: 'before its row is written', rule: ARRIVED, when: 'before', outcome: 'a file for a rescan to adopt' },
      { name: 'after its row is written', rule: ARRIVED, when: 'after', outcome: 'a backup', isRare: true },
    ]),
  )('when a file has arrived leaves $outcome: $name', async (point) => {
    const bytes = await containerFromElsewhere();
    const before = await successes();
    await killAt(point, () => client.upload([bytes]));
    client = await service.start();
    if (point.when === 'before') await client.rescan();
    expect(await successes()).toBe(before + 1);
    const { id } = (await newest()) ?? {};
    expect(await client.restore(Number(id), {}, 'verify')).toMatchObject({ status: 'success' });
    await expectTidy();
    expect((await client.delete(`/backups/${String(id)}`)).status).toBe(200);
  });

  const REMOVAL: readonly Point[] = [
    { name: 'before it is marked', rule: MARKED, when: 'before', outcome: 'there', isRare: true },
    { name: 'after it is marked', rule: MARKED, when: 'after', outcome: 'there', isRare: true },
    { name: 'when its file is gone and its row is not', rule: DELETED, when: 'before', outcome: 'gone' },
    { name: 'after its row is gone', rule: DELETED, when: 'after', outcome: 'gone', isRare: true },
  ];
  it.each(ofForm(REMOVAL))('while it deletes a backup leaves it $outcome: $name', async (point) => {
    const { id } = await client.backUp();
    await killAt(point, () => client.delete(`/backups/${id}`));
    client = await service.start();
    await expectTidy();
    expect((await client.get(`/backups/${id}`)).status).toBe(point.outcome === 'there' ? 200 : 404);
  });

  /** Due once within the last day, and not again for half a day; ends the service, which would follow it at once. */
  const turnPlanOn = async (): Promise<void> => {
    await client.get('/backups/plan');
    await service.kill();
    await rows(`UPDATE plan SET enabled = true, schedule_type = 'daily', schedule_timezone = 'UTC', schedule_minute = 0,
                  schedule_hour = extract(hour FROM (now() + interval '12 hours') AT TIME ZONE 'UTC'), retention_days = 30,
                  keep_last_successful = 1, effective_from = now() - interval '1 day', last_auto_run_at = NULL, last_retention_at = NULL`);
    await rows('DELETE FROM due_runs');
  };
  const turnPlanOff = (): Promise<unknown> => rows('UPDATE plan SET enabled = false');

  it.each(ofForm(REMOVAL))('while retention removes a backup it is removed all the same: $name', async (point) => {
    const { id } = await client.backUp();
    await client.backUp();
    await rows(`UPDATE backups SET created_at = now() - interval '40 days' WHERE id = ${id}`);
    await turnPlanOn();
    await killAt(point, followingPlan);
    client = await followingPlan();
    await eventually(async () => (await rows(`SELECT FROM backups WHERE id = ${id}`)).length === 0);
    await turnPlanOff();
    await expectTidy();
    const recorded = await rows(
      `SELECT FROM audit_records WHERE action = 'backups.retention.deleted' AND (details ->> 'backup_id')::int = ${id}`,
    );
    // Between the row and its record the record is lost, never the other way round.
    expect(recorded.length).toBeLessThanOrEqual(1);
  });

  it.each(
    ofForm([
      { name: 'before it is reserved', rule: due('reserved'), when: 'before', outcome: 'made', isRare: true },
      { name: 'after it is reserved', rule: due('reserved'), when: 'after', outcome: 'made' },
      {
        name: 'when its row is there and not noted',
        rule: due('started'),
        when: 'before',
        outcome: 'made',
        isRare: true,
      },
      { name: 'after it is noted as started', rule: due('started'), when: 'after', outcome: 'made', isRare: true },
      { name: 'when it is made and not noted', rule: due('success'), when: 'before', outcome: 'made', isRare: true },
    ]),
  )('while it follows the plan leaves the due backup $outcome once: $name', async (point) => {
    const scheduled = `SELECT status FROM backups WHERE trigger = 'scheduled' ORDER BY id`;
    const before = await rows(scheduled);
    await turnPlanOn();
    await killAt(point, followingPlan);
    client = await followingPlan();
    await eventually(async () => {
      // Whether it was being made by then is a matter of speed; the pause before it is made again need not be waited for.
      await rows(`UPDATE due_runs SET next_attempt_at = now() WHERE state = 'waiting'`);
      return (await rows(`SELECT FROM due_runs WHERE state = 'success'`)).length === 1;
    });
    const after = await rows(scheduled);
    await turnPlanOff();
    expect(after.filter(({ status }) => status === 'success').length).toBe(
      before.filter(({ status }) => status === 'success').length + 1,
    );
    expect(await rows('SELECT state FROM due_runs')).toEqual([{ state: 'success' }]);
    await expectTidy();
  });
});
