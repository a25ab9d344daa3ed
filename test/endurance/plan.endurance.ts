import { PlanTicker } from '../../src/plan/plan-ticker';
import { nextDue, type Schedule } from '../../src/plan/schedule';
import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { startTestService, type TestService } from '../support/app';
import { FakeClock } from '../support/fake-clock';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';

const DAYS = Number(process.env['ENDURANCE_DAYS'] ?? 730);
const SEED = Number(process.env['ENDURANCE_SEED'] ?? 20260101);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = new Date('2026-01-01T00:10:00Z');
const RULE = { retentionDays: 12, keepLast: 6 };
/** At a time that one night of the year does not have, and another one has twice. */
const SCHEDULE: Schedule = { type: 'daily', weekday: 0, hour: 2, minute: 30, timeZone: 'Europe/Berlin' };

/** The same numbers for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Something that goes wrong from one hour to another. */
interface Trouble {
  kind: 'tools fail' | 'maintenance' | 'nobody runs';
  fromMs: number;
  toMs: number;
}

/** One trouble after another, with quiet days in between. */
function* troubles(random: () => number, fromMs: number, toMs: number): Generator<Trouble> {
  for (let at = fromMs + 3 * DAY_MS; at < toMs;) {
    const roll = random();
    const kind = roll < 0.5 ? 'tools fail' : roll < 0.85 ? 'maintenance' : 'nobody runs';
    const hours = kind === 'nobody runs' ? 6 + random() * 80 : 1 + random() * 9;
    yield { kind, fromMs: at, toMs: at + hours * HOUR_MS };
    at += hours * HOUR_MS + DAY_MS * (1 + random() * 12);
  }
}

describe('the plan over a long time', () => {
  let clock: FakeClock;
  let tools: ToolWrapper;
  let replicas: TestService[];
  let base: TestService;
  beforeAll(async () => {
    clock = new FakeClock(START.toISOString());
    tools = await wrapTools();
    base = await start();
    replicas = [await start({ beside: base }), await start({ beside: base })];
    await base.stopService();
    await first().query(
      `UPDATE plan SET enabled = true, schedule_hour = 2, schedule_minute = 30, schedule_timezone = 'Europe/Berlin',
        retention_days = $1, keep_last_successful = $2, effective_from = $3`,
      [RULE.retentionDays, RULE.keepLast, START],
    );
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    await base.stop();
    await tools.remove();
  });
  const start = (options: object = {}): Promise<TestService> =>
    startTestService({ clock, environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin }, ...options });
  const first = (): TestService => replicas[0] ?? base;

  /** What retention has promised, on any day. */
  const expectPromises = async (madeSoFar: number): Promise<void> => {
    const rows = await first().query(
      `SELECT id, created_at, pinned, storage_name FROM backups WHERE status = 'success' ORDER BY created_at DESC`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(Math.min(madeSoFar, RULE.keepLast));
    const files = new Set(await new LocalStorage(first().storagePath).list());
    for (const { storage_name: name } of rows) expect(files).toContain(name);
    const [failed] = await first().query(
      `SELECT status = 'failed' AS is_last FROM backups WHERE status IN ('success', 'failed') ORDER BY id DESC LIMIT 1`,
    );
    if (failed?.['is_last'] === true) return;
    // Two days of grace: a sweep may have fallen into maintenance.
    const oldest = clock.now().getTime() - (RULE.retentionDays + 5) * DAY_MS;
    const overdue = rows
      .slice(RULE.keepLast)
      .filter((row) => row['pinned'] !== true && (row['created_at'] as Date).getTime() < oldest);
    expect(overdue).toEqual([]);
  };

  it(`of ${DAYS} days with restarts, failures, maintenance and two replicas: each due time once, and nothing good lost`, async () => {
    const random = randomNumbers(SEED);
    const endMs = START.getTime() + DAYS * DAY_MS;
    const coming = [...troubles(random, START.getTime(), endMs)];
    const outages = coming.filter(({ kind }) => kind === 'nobody runs');
    let current: Trouble | undefined;
    const leave = async (): Promise<void> => {
      await tools.spare();
      await first().app.get(MaintenanceService).exit(1_000_000);
      current = undefined;
    };
    for (let now = START.getTime(); now < endMs; now += HOUR_MS * (0.4 + random())) {
      clock.set(new Date(now));
      if (current !== undefined && now >= current.toMs) await leave();
      if (current === undefined && coming[0] !== undefined && now >= coming[0].fromMs) {
        current = coming.shift();
        if (current?.kind === 'tools fail') await tools.killAfter(1);
        if (current?.kind === 'maintenance') await first().app.get(MaintenanceService).enter(1_000_000);
      }
      if (current?.kind === 'nobody runs') continue;
      const roll = random();
      if (roll < 0.01) {
        const [stopped] = replicas.splice(roll < 0.005 ? 0 : 1, 1);
        await stopped?.stop();
        replicas.push(await start({ beside: base }));
      }
      if (roll > 0.995) {
        await first().query(
          `UPDATE backups SET pinned = true WHERE id = (SELECT max(id) FROM backups WHERE status = 'success')`,
        );
      }
      await Promise.all(replicas.map((replica) => replica.app.get(PlanTicker).tick()));
      for (const replica of replicas) await replica.idle();
      if (roll > 0.2 && roll < 0.25) {
        const [made] = await first().query(
          `SELECT count(*)::int AS n FROM audit_records WHERE action = 'backups.auto.success'`,
        );
        await expectPromises(Number(made?.['n']));
      }
    }
    if (current !== undefined) await leave();
    clock.set(new Date(endMs));
    for (let i = 0; i < 2; i += 1) {
      for (const replica of replicas) {
        await replica.app.get(PlanTicker).tick();
        await replica.idle();
      }
    }

    const served = (
      await first().query(
        `SELECT details->>'due_at' AS due FROM audit_records WHERE action = 'backups.auto.success' ORDER BY seq`,
      )
    ).map(({ due }) => String(due));
    expect(served.length).toBeGreaterThan(DAYS / 2);
    expect(new Set(served).size).toBe(served.length);
    const dues: Date[] = [];
    for (let due = nextDue(SCHEDULE, START); due.getTime() <= endMs; due = nextDue(SCHEDULE, due)) dues.push(due);
    // When nobody ran, several came at once: the newest of them was made up for.
    const isLeftOut = (due: Date): boolean =>
      outages.some(
        ({ fromMs, toMs }) => due.getTime() >= fromMs && nextDue(SCHEDULE, due).getTime() < toMs + 2 * HOUR_MS,
      );
    const expected = dues.filter((due) => !isLeftOut(due)).map((due) => due.toISOString());
    expect(expected.filter((due) => !served.includes(due))).toEqual([]);
    expect(dues.map((due) => due.toISOString())).toEqual(expect.arrayContaining(served));
    await expectPromises(served.length);
  });
});
