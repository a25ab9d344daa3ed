import { rename, rm, writeFile } from 'node:fs/promises';
import { BackupsService } from '../../src/backups/catalogue/backups.service';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import { PlanService } from '../../src/plan/plan.service';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { RetentionService } from '../../src/plan/retention.service';
import { nextDue, type Schedule } from '../../src/plan/schedule';
import { startTestService, type TestService } from '../support/app';
import { FakeClock } from '../support/fake-clock';
import { randomNumbers } from '../support/random-numbers';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';

const DAYS = Number(process.env['ENDURANCE_DAYS'] ?? 730);
const SEED = Number(process.env['ENDURANCE_SEED'] ?? 20260101);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Two weeks before clocks are changed. */
const START_MS = Date.parse('2026-03-15T00:10:00Z');
const END_MS = START_MS + DAYS * DAY_MS;
const RULE = { retentionDays: 12, keepLast: 6 };
/** Daily at a time that one night of the year does not have and another one has twice, then by the week and the month. */
const TYPES = ['daily', 'daily', 'weekly', 'daily', 'monthly_end', 'daily'] as const;
const SEGMENT_MS = (DAYS / (DAYS < 100 ? 3 : TYPES.length)) * DAY_MS;
const scheduleAt = (ms: number): Schedule => ({
  type: TYPES[Math.floor((ms - START_MS) / SEGMENT_MS) % TYPES.length] ?? 'daily',
  weekday: 0,
  hour: 2,
  minute: 30,
  timeZone: 'Europe/Berlin',
});
/** The longest pause between two attempts, and the time until the next pass. */
const SURELY_TRIED_MS = 9 * HOUR_MS;

/** Something that goes wrong from one hour to another. */
interface Trouble {
  kind: 'tools fail' | 'storage away' | 'maintenance' | 'no replica runs';
  fromMs: number;
  toMs: number;
}

/** One trouble after another, of hours or of days, with quiet days in between. */
function* troubles(random: () => number): Generator<Trouble> {
  const kinds = ['tools fail', 'tools fail', 'storage away', 'maintenance', 'no replica runs'] as const;
  for (let at = START_MS + 3 * DAY_MS; at < END_MS;) {
    const kind = kinds[Math.floor(random() * kinds.length)] ?? 'tools fail';
    const isLong = kind !== 'maintenance' && random() < 0.4;
    const toMs = at + (isLong ? 24 + random() * 80 : 1 + random() * 9) * HOUR_MS;
    yield { kind, fromMs: at, toMs };
    at = toMs + DAY_MS * (1 + random() * 10);
  }
}

interface Row {
  id: number;
  createdAt: Date;
  status: string;
  pinned: boolean;
  verifiedAt: Date | null;
  /** Marked, and hidden from all callers. Recovery goes by its own time and removes the rest of it at any moment. */
  isGoing: boolean;
  name: string;
}

describe('the plan over a long time', () => {
  let clock: FakeClock;
  let tools: ToolWrapper;
  let replicas: TestService[];
  let base: TestService;
  beforeAll(async () => {
    clock = new FakeClock(new Date(START_MS).toISOString());
    tools = await wrapTools();
    base = await start();
    replicas = [await start({ beside: base }), await start({ beside: base })];
    await base.stopService();
    const { type, hour, minute, timeZone } = scheduleAt(START_MS);
    await first().app.get(PlanService).update({
      enabled: true,
      schedule_type: type,
      schedule_hour: hour,
      schedule_minute: minute,
      schedule_timezone: timeZone,
      retention_days: RULE.retentionDays,
      keep_last_successful: RULE.keepLast,
    });
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    await base.stop();
    await tools.remove();
  });
  const start = (options: object = {}): Promise<TestService> =>
    startTestService({ clock, environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin }, ...options });
  const first = (): TestService => replicas[0] ?? base;

  const rows = async (): Promise<Row[]> =>
    (await first().query(`SELECT * FROM backups WHERE trigger = 'scheduled' ORDER BY created_at DESC, id DESC`)).map(
      (row) => ({
        id: Number(row['id']),
        createdAt: row['created_at'] as Date,
        status: String(row['status']),
        pinned: row['pinned'] === true,
        verifiedAt: row['verified_at'] as Date | null,
        isGoing: row['removing'] !== null,
        name: String(row['storage_name']),
      }),
    );
  const records = (action: string, afterSeq = 0): Promise<Record<string, unknown>[]> =>
    first().query(
      `SELECT seq::int, at, details FROM audit_records WHERE action = $1 AND result <> 'failed' AND seq > $2 ORDER BY seq`,
      [action, afterSeq],
    );

  /** Every backup that there ever was, as it was last seen. */
  const seen = new Map<number, Row>();
  /** The backup that a client reads now. */
  let held: { id: number; release: () => Promise<void> } | undefined;
  /** Number of the last record of a removal that was looked at. */
  let lastRemoval = 0;

  /** What has been promised holds now, whatever has happened. */
  const expectPromises = async (isStorageThere: boolean): Promise<void> => {
    // Asked in this order: a removal may be finished between the two.
    const removals = await records('backups.retention.deleted', lastRemoval);
    const now = await rows();
    const good = now.filter(({ status, isGoing }) => status === 'success' && !isGoing);
    const everGood = [...seen.values()].filter(({ status }) => status === 'success');
    // Never below the floor, and never without the newest good one.
    expect(good.length).toBeGreaterThanOrEqual(Math.min(everGood.length, RULE.keepLast));
    const newest = Math.max(...everGood.map(({ id }) => id));
    if (everGood.length > 0) expect(good.some(({ id }) => id >= newest)).toBe(true);
    const verified = everGood.filter(({ verifiedAt }) => verifiedAt !== null).map(({ id }) => id);
    if (verified.length > 0) expect(good.map(({ id }) => id)).toContain(Math.max(...verified));
    for (const row of now) seen.set(row.id, row);
    if (isStorageThere) {
      const files = await new LocalStorage(first().storagePath).list();
      expect(files).toEqual(expect.arrayContaining(good.map(({ name }) => name)));
      // Nothing is left of what is gone either.
      expect(files.filter((name) => !now.some((row) => row.name === name))).toEqual([]);
    }
    for (const { seq, at, details } of removals) {
      lastRemoval = Number(seq);
      const gone = seen.get((details as { backup_id: number }).backup_id);
      expect(gone).toMatchObject({ pinned: false });
      expect(gone?.id).not.toBe(held?.id);
      const ageMs = (at as Date).getTime() - (gone?.createdAt.getTime() ?? 0);
      expect(ageMs).toBeGreaterThan((gone?.status === 'success' ? RULE.retentionDays : 30) * DAY_MS);
      expect(now.map(({ id }) => id)).not.toContain(gone?.id);
    }
  };

  const there = async (): Promise<Row[]> => (await rows()).filter(({ isGoing }) => !isGoing);

  /** On a quiet day: what the preview says goes, goes, nothing else does, and nothing is left that should have gone. */
  const expectSweepAsPreviewed = async (): Promise<void> => {
    const [retention, plans] = [first().app.get(RetentionService), first().app.get(PlanService)];
    const plan = await plans.get();
    const goes = (await retention.preview(plan)).filter(({ keep }) => !keep).map(({ id }) => id);
    const before = await there();
    const { asOf, failures, isWhole } = await retention.sweep(() => Promise.resolve(false));
    expect([failures, isWhole]).toEqual([0, true]);
    const stays = new Set((await there()).map(({ id }) => id));
    expect(
      before
        .map(({ id }) => id)
        .filter((id) => !stays.has(id))
        .sort(),
    ).toEqual(goes.sort());
    const again = await retention.preview(Object.assign(await plans.get(), { retentionAsOf: asOf }));
    expect(again.filter(({ keep }) => !keep)).toEqual([]);
    // At most a day ago, or as long ago as the storage was.
    if (plan.lastRetentionAt !== null && goes.length > 0) {
      const oldest = before.filter(({ id }) => goes.includes(id)).map(({ createdAt }) => createdAt.getTime());
      expect(asOf.getTime() - Math.min(...oldest)).toBeLessThan((RULE.retentionDays + 40) * DAY_MS);
    }
  };

  /** Each attempt was begun once, and whatever was begun was begun for a due time. */
  const expectOneEach = async (): Promise<void> => {
    const started = (await records('backups.auto.started')).map(
      ({ details }) => details as { due_at: string; attempt: number; backup_id: number },
    );
    const attempts = started.map(({ due_at: due, attempt }) => `${due} ${attempt}`);
    expect(new Set(attempts).size).toBe(attempts.length);
    const begun = new Set(started.map(({ backup_id: id }) => id));
    expect([...seen.keys()].filter((id) => !begun.has(id))).toEqual([]);
    const served = (await records('backups.auto.success')).map(({ details }) => (details as { due_at: string }).due_at);
    expect(new Set(served).size).toBe(served.length);
  };

  it(`of ${DAYS} days with everything that goes wrong, and two replicas: each due time once, and nothing good lost`, async () => {
    const random = randomNumbers(SEED);
    const coming = [...troubles(random)];
    const all = [...coming];
    let current: Trouble | undefined;
    /** Since when which schedule has counted. */
    const schedules = [{ schedule: scheduleAt(START_MS), fromMs: START_MS }];
    let checkedDay = 0;
    const away = `${first().storagePath}.away`;
    const begin = async ({ kind }: Trouble): Promise<void> => {
      if (kind === 'tools fail') await tools.killAfter(1);
      if (kind === 'maintenance') await first().app.get(MaintenanceService).enter(1_000_000);
      if (kind === 'storage away') {
        await rename(first().storagePath, away);
        await writeFile(first().storagePath, '');
      }
    };
    const leave = async (): Promise<void> => {
      await tools.spare();
      await first().app.get(MaintenanceService).exit(1_000_000);
      if (current?.kind === 'storage away') {
        await rm(first().storagePath, { recursive: true });
        await rename(away, first().storagePath);
      }
      current = undefined;
    };
    const tick = async (work?: () => Promise<unknown>): Promise<void> => {
      await Promise.all([...replicas.map((replica) => replica.app.get(PlanTicker).tick()), work?.()]);
      for (const replica of replicas) await replica.idle();
    };
    /** Every connection that holds locks breaks. */
    const loseLocks = (): Promise<unknown> =>
      first().query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'berkut-backups locks' AND datname = current_database()`,
      );
    for (let now = START_MS; now < END_MS; now += HOUR_MS * (0.5 + 1.5 * random())) {
      clock.set(new Date(now));
      if (current !== undefined && now >= current.toMs) await leave();
      if (current === undefined && coming[0] !== undefined && now >= coming[0].fromMs) {
        current = coming.shift();
        if (current !== undefined) await begin(current);
      }
      if (current?.kind === 'no replica runs') continue;
      const schedule = scheduleAt(now);
      if (schedule.type !== schedules.at(-1)?.schedule.type) {
        await first().app.get(PlanService).update({ schedule_type: schedule.type });
        schedules.push({ schedule, fromMs: now });
      }
      const roll = random();
      if (roll < 0.01) {
        const [stopped] = replicas.splice(roll < 0.005 ? 0 : 1, 1);
        // A client that reads through the stopped replica reads no more.
        await held?.release();
        held = undefined;
        await stopped?.stop();
        replicas.push(await start({ beside: base }));
      }
      const [newest, oldest] = [(await rows()).find(({ status }) => status === 'success'), (await rows()).at(-1)];
      if (roll > 0.995 && newest !== undefined)
        await first().app.get(BackupsService).update(newest.id, { pinned: true });
      if (roll > 0.98 && roll < 0.99 && newest !== undefined)
        await first().app.get(BackupsService).markVerified(newest.id);
      if (roll > 0.9 && roll < 0.93) {
        await held?.release();
        held = undefined;
        const release =
          oldest === undefined ? undefined : await first().app.get(LockService).tryRead(lockName.backupFile(oldest.id));
        if (oldest !== undefined && release !== undefined) held = { id: oldest.id, release };
      }
      // The replica that reads must not lose its lock: then the client could read no more.
      await tick(roll > 0.5 && roll < 0.52 && held === undefined ? loseLocks : undefined);
      if (roll > 0.6 && roll < 0.61) {
        // A clock that is set back for a moment.
        clock.set(new Date(now - HOUR_MS * (1 + random())));
        await tick();
        clock.set(new Date(now));
      }
      await expectPromises(current?.kind !== 'storage away');
      const day = Math.floor((now - START_MS) / DAY_MS);
      if (day > checkedDay && current === undefined) {
        checkedDay = day;
        await expectSweepAsPreviewed();
        await expectPromises(true);
        await expectOneEach();
      }
    }
    await leave();
    await held?.release();
    clock.set(new Date(END_MS));
    for (let i = 0; i < 3; i += 1) await tick();
    await expectPromises(true);
    await expectOneEach();

    const served = (await records('backups.auto.success')).map(({ details }) => (details as { due_at: string }).due_at);
    const dues: { at: string; isLeftOut: boolean }[] = [];
    for (const [i, { schedule, fromMs }] of schedules.entries()) {
      const untilMs = schedules[i + 1]?.fromMs ?? END_MS;
      let due = nextDue(schedule, new Date(fromMs));
      while (due.getTime() <= untilMs) {
        const next = nextDue(schedule, due);
        const quietMs = longestQuiet(all, due.getTime(), Math.min(next.getTime(), untilMs));
        dues.push({ at: due.toISOString(), isLeftOut: quietMs < SURELY_TRIED_MS });
        due = next;
      }
    }
    expect(served.length).toBeGreaterThan(dues.length / 2);
    expect(dues.filter(({ at, isLeftOut }) => !isLeftOut && !served.includes(at))).toEqual([]);
    expect(dues.map(({ at }) => at)).toEqual(expect.arrayContaining(served));
  });
});

/** The longest time without trouble between two moments, milliseconds. */
function longestQuiet(all: readonly Trouble[], fromMs: number, toMs: number): number {
  let [longest, at] = [0, fromMs];
  for (const trouble of all.filter((one) => one.toMs > fromMs && one.fromMs < toMs)) {
    longest = Math.max(longest, trouble.fromMs - at);
    at = Math.max(at, trouble.toMs);
  }
  return Math.max(longest, toMs - at);
}
