import { rename, writeFile } from 'node:fs/promises';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { BackupQueue } from '../../src/backups/make/backup-queue';
import { SystemClock } from '../../src/kernel/clock/clock';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import type { PlanDto } from '../../src/plan/plan.dto';
import type { PlanPreviewDto } from '../../src/plan/plan-preview.dto';
import { PlanService } from '../../src/plan/plan.service';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { DueRunEntity } from '../../src/plan/due-run.entity';
import { DueRuns, pauseAfter } from '../../src/plan/due-runs.service';
import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import { itLong } from '../support/form';
import { startTestService, type TestService, type TestServiceOptions } from '../support/app';
import { eventually } from '../support/eventually';
import { FakeClock } from '../support/fake-clock';
import { setPlan, setRows } from '../support/rows-of';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

const FIELDS = {
  enabled: true,
  cron_expression: '',
  schedule_type: 'weekly',
  schedule_weekday: 0,
  schedule_month_anchor: 'start',
  schedule_hour: 0,
  schedule_minute: 0,
  retention_days: 14,
  keep_last_successful: 3,
  include_files: false,
};

describe('the plan', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ environment: { BERKUT_TIMEZONE: 'Europe/Kyiv' } });
  });
  beforeEach(async () => {
    await service.query('DELETE FROM plan');
    await service.app.get(PlanService).onModuleInit();
  });
  afterAll(() => service.stop());
  const get = async (): Promise<PlanDto> => (await service.client.get<{ item: PlanDto }>('/backups/plan')).body.item;
  const put = (body: object) => service.client.send<{ item: PlanDto }>('PUT', '/backups/plan', JSON.stringify(body));

  it('is off at first: every night at two, thirty days, five at least', async () => {
    expect(await get()).toEqual({
      id: 1,
      enabled: false,
      schedule_type: 'daily',
      schedule_interval_hours: 1,
      schedule_weekday: 0,
      schedule_month_anchor: 'start',
      schedule_hour: 2,
      schedule_minute: 0,
      schedule_timezone: 'Europe/Kyiv',
      cron_expression: '0 2 * * *',
      retention_days: 30,
      keep_last_successful: 5,
      keep_daily: 0,
      keep_weekly: 0,
      keep_monthly: 0,
      keep_yearly: 0,
      include_files: false,
      created_at: expect.stringMatching(/Z$/) as string,
      updated_at: expect.stringMatching(/Z$/) as string,
    });
  });

  it('takes what the web UI sends, zeros included, and keeps the zone', async () => {
    const { status, body } = await put(FIELDS);
    expect(status).toBe(200);
    const { cron_expression: _ignored, ...sent } = FIELDS;
    expect(body.item).toMatchObject({ ...sent, cron_expression: '0 0 * * 0', schedule_timezone: 'Europe/Kyiv' });
    const next = new Date(body.item.next_run_at ?? '');
    expect(next.getTime()).toBeGreaterThan(Date.now());
    expect(
      new Intl.DateTimeFormat('en', {
        weekday: 'short',
        hour: 'numeric',
        hourCycle: 'h23',
        timeZone: 'Europe/Kyiv',
      }).format(next),
    ).toBe('Sun, 00');
    expect(await get()).toEqual(body.item);
  });

  it.each<[string, unknown]>([
    ['enabled', 1],
    ['enabled', null],
    ['schedule_type', 'yearly'],
    ['schedule_type', null],
    ['schedule_weekday', 7],
    ['schedule_weekday', -1],
    ['schedule_weekday', '1'],
    ['schedule_month_anchor', 'middle'],
    ['schedule_hour', 24],
    ['schedule_hour', 1.5],
    ['schedule_minute', 60],
    ['schedule_minute', null],
    ['schedule_timezone', 'Mars/Olympus'],
    ['schedule_timezone', '+03:00'],
    ['schedule_timezone', ''],
    ['retention_days', 0],
    ['retention_days', 3651],
    ['keep_last_successful', 0],
    ['keep_last_successful', 1e9],
    ['keep_daily', -1],
    ['keep_weekly', 1001],
    ['keep_monthly', '3'],
    ['keep_yearly', 0.5],
    ['schedule_interval_hours', 5],
    ['schedule_interval_hours', 0],
    ['include_files', 'no'],
    ['include_files', true],
    ['unheard_of', 1],
  ])('refuses %s: %j by its name, and stays what it is', async (field, value) => {
    const before = await get();
    const { status, body } = await service.client.send(
      'PUT',
      '/backups/plan',
      JSON.stringify({ ...FIELDS, [field]: value }),
    );
    expect([status, body.error.code, body.error.i18n_key]).toEqual([
      400,
      'backups.plan.invalid',
      'backups.plan.error.invalid',
    ]);
    expect(body.error.details).toEqual({ fields: [field] });
    expect(await get()).toEqual(before);
  });

  it.each([null, 7, 'x'.repeat(100), { a: [] }])('ignores cron_expression %j', async (value) => {
    const { status, body } = await put({ ...FIELDS, cron_expression: value });
    expect([status, body.item.cron_expression]).toEqual([200, '0 0 * * 0']);
  });

  it('follows a cron expression and tiers, and keeps both when the web UI saves what it knows', async () => {
    const tiers = { keep_daily: 7, keep_weekly: 4, keep_monthly: 12, keep_yearly: 3 };
    const { body } = await put({
      schedule_type: 'cron',
      cron_expression: '30 6 * * mon-fri',
      schedule_timezone: 'UTC',
      enabled: true,
      ...tiers,
    });
    expect(body.item).toMatchObject({ schedule_type: 'cron', cron_expression: '30 6 * * mon-fri', ...tiers });
    const { body: preview } = await service.client.get<PlanPreviewDto>('/backups/plan/preview?runs=7');
    expect(preview.next_runs[0]?.at).toBe(body.item.next_run_at);
    for (const { at } of preview.next_runs) {
      expect(at).toMatch(/T06:30:00.000Z$/);
      expect([1, 2, 3, 4, 5]).toContain(new Date(at).getUTCDay());
    }
    expect((await put({ schedule_type: 'cron', cron_expression: '' })).body.item.cron_expression).toBe(
      '30 6 * * mon-fri',
    );
    expect((await put(FIELDS)).body.item).toMatchObject({ cron_expression: '0 0 * * 0', ...tiers });
  });

  it('is due every so many hours', async () => {
    const { body } = await put({
      schedule_type: 'hourly',
      schedule_interval_hours: 8,
      schedule_hour: 9,
      enabled: true,
    });
    expect(body.item).toMatchObject({ cron_expression: '0 1-23/8 * * *', schedule_interval_hours: 8 });
    const { body: preview } = await service.client.get<PlanPreviewDto>('/backups/plan/preview?runs=3');
    expect(preview.next_runs.map(({ local }) => local.slice(11, 16)).sort()).toEqual(['01:00', '09:00', '17:00']);
  });

  it('shows what a change would lead to, and makes none', async () => {
    await put({ schedule_type: 'daily', schedule_hour: 2, schedule_minute: 0, enabled: true });
    const before = await get();
    const draft = { schedule_type: 'daily', schedule_hour: 7, schedule_minute: 45 };
    const path = '/backups/plan/preview?runs=3';
    const { status, body } = await service.client.send<PlanPreviewDto>('POST', path, JSON.stringify(draft));
    expect([status, body.next_runs.map(({ local }) => local.slice(11, 16))]).toEqual([
      200,
      ['07:45', '07:45', '07:45'],
    ]);
    expect(await service.client.post(path, { schedule_type: 'cron', cron_expression: '@daily' })).toMatchObject({
      status: 400,
      body: { error: { code: 'backups.plan.invalid', details: { fields: ['cron_expression'] } } },
    });
    expect(await get()).toEqual(before);
    expect((await (await service.as('auditor')).post(path, draft)).status).toBe(403);
  });

  it.each(['0 2 30 2 *', '@daily', '', null])('refuses the cron expression %j by its name', async (expression) => {
    const before = await get();
    const answer = await put({ schedule_type: 'cron', cron_expression: expression });
    expect(answer).toMatchObject({ status: 400, body: { error: { details: { fields: ['cron_expression'] } } } });
    expect(await get()).toEqual(before);
  });

  it('is not turned on with files whose path has gone from the configuration', async () => {
    await setPlan(service, { includeFiles: true });
    const refused = {
      status: 400,
      body: { error: { code: 'backups.plan.invalid', details: { fields: ['include_files'] } } },
    };
    expect(await service.client.post('/backups/plan/enable')).toMatchObject(refused);
    expect(await put({ enabled: true })).toMatchObject(refused);
    expect((await put({ schedule_hour: 5 })).status).toBe(200);
    expect((await put({ enabled: true, include_files: false })).status).toBe(200);
  });

  it('tells the audit log what has been changed', async () => {
    await put({ schedule_hour: 4, retention_days: 30, enabled: true });
    const [record] = await service.query(
      `SELECT details FROM audit_records WHERE action = 'backups.plan.update' ORDER BY seq DESC LIMIT 1`,
    );
    expect(record?.['details']).toEqual({
      actor_id: 'root',
      changed: {
        enabled: { from: false, to: true },
        schedule_hour: { from: 2, to: 4 },
        cron_expression: { from: '0 2 * * *', to: '0 4 * * *' },
      },
    });
  });

  it('is turned on and off without changing anything else', async () => {
    const { body } = await put({ ...FIELDS, enabled: false });
    const post = async (what: string): Promise<PlanDto> =>
      (await service.client.send<{ item: PlanDto }>('POST', `/backups/plan/${what}`)).body.item;
    const { updated_at: _then, ...rest } = body.item;
    expect(await post('enable')).toMatchObject({ ...rest, enabled: true, next_run_at: expect.any(String) as string });
    const off = await post('disable');
    expect(off).toMatchObject(rest);
    expect(off).not.toHaveProperty('next_run_at');
  });

  it('shows what it would do, with the offsets of its zone', async () => {
    await put({
      schedule_type: 'monthly_end',
      schedule_timezone: 'America/New_York',
      schedule_hour: 23,
      enabled: true,
    });
    const { body } = await service.client.get<PlanPreviewDto>('/backups/plan/preview?runs=14');
    expect(body.next_runs).toHaveLength(14);
    for (const { at, local } of body.next_runs) {
      expect(new Date(local).toISOString()).toBe(at);
      expect(local).toMatch(/-(28|29|30|31)T23:00:00-0[45]:00$/);
    }
    expect(new Set(body.next_runs.map(({ local }) => local.slice(-6)))).toEqual(new Set(['-05:00', '-04:00']));
    expect(body.enabled).toBe(true);
    expect((await service.client.get('/backups/plan/preview?runs=0')).status).toBe(400);
    await service.client.post('/backups/plan/disable');
    const off = await service.client.get<PlanPreviewDto>('/backups/plan/preview?runs=14');
    expect([off.body.enabled, off.body.next_runs]).toEqual([false, body.next_runs]);
  });
});

describe('following the plan', () => {
  let clock: FakeClock;
  let tools: ToolWrapper;
  let services: TestService[];
  beforeEach(async () => {
    clock = new FakeClock('2026-03-01T12:00:00Z');
    tools = await wrapTools();
    services = [];
  });
  afterEach(async () => {
    await tools.release();
    for (const service of services.reverse()) await service.stop();
    await tools.remove();
  });

  const start = async (options: Partial<TestServiceOptions> = {}): Promise<TestService> => {
    const service = await startTestService({
      clock,
      environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin },
      ...options,
    });
    services.push(service);
    return service;
  };
  const enable = async (service: TestService): Promise<void> => {
    await service.app.get(PlanService).setEnabled(true);
  };
  /** Due times with their states, oldest first. */
  const dues = async (service: TestService): Promise<string[]> =>
    (await service.query('SELECT due_at, state, attempts FROM due_runs ORDER BY due_at')).map(
      ({ due_at: at, state, attempts }) =>
        `${(at as Date).toISOString().slice(0, 16)} ${String(state)} ${Number(attempts)}`,
    );
  /** One look of one replica at a time, and all that follows from it. */
  const tickAt = async (time: string, ...who: TestService[]): Promise<void> => {
    clock.set(new Date(time));
    for (const service of who) {
      await service.app.get(PlanTicker).tick();
      await service.idle();
      await service.app.get(PlanTicker).tick();
    }
  };
  const made = async (service: TestService): Promise<string[]> =>
    (await service.query(`SELECT status, created_at FROM backups WHERE trigger = 'scheduled' ORDER BY id`)).map(
      ({ status, created_at: at }) => `${String(status)} ${(at as Date).toISOString().slice(0, 16)}`,
    );
  const audited = async (service: TestService): Promise<unknown[]> =>
    (await service.query(`SELECT action FROM audit_records WHERE action LIKE 'backups.auto.%' ORDER BY seq`)).map(
      ({ action }) => action,
    );

  itLong('makes one backup for each due time, however many replicas look, and however often they start', async () => {
    const one = await start();
    const two = await start({ beside: one });
    await enable(one);
    await tickAt('2026-03-01T13:00:00Z', one, two);
    expect(await made(one)).toEqual([]);
    clock.set(new Date('2026-03-02T02:00:20Z'));
    await Promise.all([one, two, one, two].map((service) => service.app.get(PlanTicker).tick()));
    await one.idle();
    await two.idle();
    await tickAt('2026-03-02T02:01:00Z', two, one);
    expect(await made(one)).toEqual(['success 2026-03-02T02:00']);
    await one.stopService();
    const three = await start({ beside: two });
    await tickAt('2026-03-02T02:03:00Z', three, two);
    await tickAt('2026-03-02T23:00:00Z', three, two);
    expect(await made(two)).toEqual(['success 2026-03-02T02:00']);
    await tickAt('2026-03-03T02:00:00Z', two, three);
    expect(await made(two)).toEqual(['success 2026-03-02T02:00', 'success 2026-03-03T02:00']);
    expect(await audited(two)).toEqual([
      'backups.auto.started',
      'backups.auto.success',
      'backups.auto.started',
      'backups.auto.success',
    ]);
    const [plan] = await two.query('SELECT last_auto_run_at FROM plan');
    expect(plan).toEqual({ last_auto_run_at: new Date('2026-03-03T02:00:00Z') });
  });

  it('makes up once for what was missed, and not for what was due before it was turned on or changed', async () => {
    const service = await start();
    await enable(service);
    await tickAt('2026-03-05T09:00:00Z', service);
    await tickAt('2026-03-05T09:05:00Z', service);
    expect(await made(service)).toEqual(['success 2026-03-05T09:00']);
    clock.set(new Date('2026-03-05T10:00:00Z'));
    // At nine it would have been due today.
    await service.app.get(PlanService).update({ schedule_hour: 9 });
    await tickAt('2026-03-05T10:01:00Z', service);
    expect(await made(service)).toHaveLength(1);
    // What is no schedule changes nothing of when.
    await service.app.get(PlanService).update({ retention_days: 20 });
    await tickAt('2026-03-06T09:00:00Z', service);
    expect(await made(service)).toHaveLength(2);
    clock.set(new Date('2026-03-06T10:00:00Z'));
    await service.app.get(PlanService).setEnabled(false);
    await tickAt('2026-03-08T10:00:00Z', service);
    await service.app.get(PlanService).setEnabled(true);
    await tickAt('2026-03-08T10:01:00Z', service);
    expect(await made(service)).toHaveLength(2);
  });

  it.each([
    ['whose row is not there', false],
    ['whose row is there', true],
  ])('goes on with a backup that was reserved by a process that died, %s', async (_, isQueued) => {
    const service = await start();
    await enable(service);
    clock.set(new Date('2026-03-02T02:00:00Z'));
    const queue = service.app.get(BackupQueue);
    const id = await queue.reserveId();
    await service.query(`INSERT INTO due_runs VALUES ($1, 'reserved', 1, $2, $1)`, [clock.now(), id]);
    if (isQueued) await queue.createScheduled(id, { includeFiles: false });
    await tickAt('2026-03-02T02:01:00Z', service);
    expect(await service.query('SELECT id, status FROM backups')).toEqual([{ id: String(id), status: 'success' }]);
    expect(await dues(service)).toEqual(['2026-03-02T02:00 success 1']);
  });

  it('makes one backup even when a replica has lost the lock and does not know it', async () => {
    const one = await start();
    const two = await start({ beside: one });
    await enable(one);
    clock.set(new Date('2026-03-02T02:00:00Z'));
    const plan = await one.app.get(PlanService).get();
    const { signal } = new AbortController();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([one, two].map((service) => service.app.get(DueRuns).serve(plan, signal)));
    }
    await Promise.all([one, two, one].map((service) => service.app.get(DueRuns).settle(signal)));
    await one.idle();
    await two.idle();
    await Promise.all([one, two].map((service) => service.app.get(DueRuns).settle(signal)));
    expect(await made(one)).toEqual(['success 2026-03-02T02:00']);
    expect(await audited(one)).toEqual(['backups.auto.started', 'backups.auto.success']);
    await expect(one.app.get(DueRuns).serve(plan, AbortSignal.abort())).resolves.toBeUndefined();
    clock.set(new Date('2026-03-03T02:00:00Z'));
    await expect(one.app.get(DueRuns).serve(plan, AbortSignal.abort())).rejects.toThrow();
    expect(await dues(one)).toEqual(['2026-03-02T02:00 success 1', '2026-03-03T02:00 waiting 0']);
  });

  it('is made whatever is wrong with the storage of the old ones', async () => {
    const service = await start();
    await enable(service);
    await tickAt('2026-03-02T02:00:00Z', service);
    await rename(service.storagePath, `${service.storagePath}.away`);
    await writeFile(service.storagePath, '');
    await tickAt('2026-03-03T02:00:00Z', service);
    expect(await made(service)).toEqual(['success 2026-03-02T02:00', 'failed 2026-03-03T02:00']);
    const [errors] = await service.query(`SELECT value FROM counters WHERE name = 'tick_errors'`);
    expect(Number(errors?.['value'])).toBeGreaterThan(0);
  });

  it('fails, and says so, when the path of its files has gone from the configuration', async () => {
    const service = await start();
    await enable(service);
    await setPlan(service, { includeFiles: true });
    await tickAt('2026-03-02T02:00:00Z', service);
    expect(await service.query('SELECT status, error_code FROM backups')).toEqual([
      { status: 'failed', error_code: 'backups.files_not_configured' },
    ]);
    expect(await audited(service)).toEqual(['backups.auto.started', 'backups.auto.failed']);
    expect(await service.app.get(DueRuns).isLastFailed()).toBe(true);
  });

  it('is a failure until one has been a success, whatever is canceled or deleted meanwhile', async () => {
    const service = await start();
    const isLastFailed = (): Promise<boolean> => service.app.get(DueRuns).isLastFailed();
    clock.set(new Date('2026-03-09T12:00:00Z'));
    const due = (day: number, state: string, attempts: number): Promise<unknown> =>
      service.query('INSERT INTO due_runs VALUES ($1, $2, $3, NULL, $1)', [
        `2026-03-0${day}T02:00:00Z`,
        state,
        attempts,
      ]);
    expect(await isLastFailed()).toBe(false);
    await due(1, 'success', 1);
    expect(await isLastFailed()).toBe(false);
    await due(2, 'given_up', 9);
    expect(await isLastFailed()).toBe(true);
    // Canceled at its first attempt, never begun, or under way: it says nothing.
    await due(3, 'canceled', 1);
    await due(4, 'given_up', 0);
    await due(5, 'started', 1);
    expect(await isLastFailed()).toBe(true);
    await setRows(service, DueRunEntity, { state: 'success', attempts: 4 }, { state: 'started' });
    expect(await isLastFailed()).toBe(false);
    await due(6, 'canceled', 2);
    expect(await isLastFailed()).toBe(true);
    await due(7, 'success', 2);
    expect(await isLastFailed()).toBe(false);
    await due(8, 'waiting', 1);
    expect(await isLastFailed()).toBe(true);
    // A success of a clock that was wrong stands for nothing.
    await service.query(`INSERT INTO due_runs VALUES ('2027-03-02T02:00:00Z', 'success', 1, NULL, now())`);
    expect(await isLastFailed()).toBe(true);
  });

  itLong('keeps everything when the clock jumps a year ahead, and forgets what it then thought served', async () => {
    const service = await start();
    await enable(service);
    await setPlan(service, { keepLastSuccessful: 1 });
    for (const day of [2, 3, 4, 5]) await tickAt(`2026-03-0${day}T02:00:00Z`, service);
    await tickAt('2027-03-05T02:00:00Z', service);
    await tickAt('2027-03-06T02:00:00Z', service);
    expect(await made(service)).toHaveLength(6);
    await tickAt('2026-03-06T02:00:00Z', service);
    expect(await made(service)).toHaveLength(7);
    expect((await dues(service)).at(-1)).toBe('2026-03-06T02:00 success 1');
    const next = await service.app.get(DueRuns).nextRunAt(await service.app.get(PlanService).get());
    expect(next).toEqual(new Date('2026-03-07T02:00:00Z'));
  });

  itLong('sweeps once a day, however often the process is started', async () => {
    let service = await start();
    const base = service;
    await enable(service);
    await setPlan(service, { scheduleType: 'monthly_start', keepLastSuccessful: 1 });
    const sweptAt = async (): Promise<Date> =>
      (await service.app.get(PlanService).get()).lastRetentionAt ?? new Date(0);
    await tickAt('2026-03-02T06:00:00Z', service);
    for (let hour = 1; hour <= 49; hour += 6) {
      await service.stopService();
      service = await start({ beside: base });
      await tickAt(new Date(Date.parse('2026-03-02T06:00:00Z') + hour * 3_600_000).toISOString(), service);
      const expected = hour < 24 ? '2026-03-02T06:00:00Z' : hour < 49 ? '2026-03-03T07:00:00Z' : '2026-03-04T07:00:00Z';
      expect([hour, await sweptAt()]).toEqual([hour, new Date(expected)]);
    }
  });

  it('shows a failed one that will be tried again before the due times', async () => {
    const service = await start();
    await enable(service);
    await tools.killAfter(1);
    await tickAt('2026-03-02T02:00:00Z', service);
    const plan = await service.app.get(PlanService).get();
    expect(await service.app.get(DueRuns).nextRuns(plan, 2)).toEqual([
      new Date('2026-03-02T02:05:00Z'),
      new Date('2026-03-03T02:00:00Z'),
    ]);
    // Given up by a clock that has gone back since: no replica waits for it.
    await setRows(service, DueRunEntity, { state: 'given_up' });
    expect(await service.app.get(DueRuns).nextRunAt(plan)).toEqual(new Date('2026-03-03T02:00:00Z'));
  });

  itLong('is waited for by a restore, and follows again after it', async () => {
    const service = await start({ clock: new SystemClock() });
    const { id } = await service.client.backUp();
    const session = await service.app.get(LockService).open();
    expect(await session.tryLock(lockName.plan, 'exclusive')).toBe(true);
    const { body } = await service.client.post(`/backups/${id}/restore`);
    const status = async (name: string): Promise<string | undefined> => {
      const answer = await service.client.get<{ item: RestoreRunDto }>(`/backups/restores/${body.restore_id}`);
      return answer.body.item.steps.find((step) => step.name === name)?.status;
    };
    await eventually(async () => (await status('stop_background_jobs')) === 'running');
    await service.app.get(PlanTicker).tick();
    expect(await status('restore_database')).toBe('queued');
    await session.close();
    expect(await service.client.run(body.restore_id)).toMatchObject({ status: 'success' });
  });

  itLong('tries a failed one again after growing pauses, and gives up at the next due time', async () => {
    const service = await start();
    await enable(service);
    await tools.killAfter(1);
    await tickAt('2026-03-02T02:00:00Z', service);
    await tickAt('2026-03-02T02:04:59Z', service);
    expect(await made(service)).toEqual(['failed 2026-03-02T02:00']);
    await tickAt('2026-03-02T02:05:00Z', service);
    await tickAt('2026-03-02T02:14:59Z', service);
    expect(await made(service)).toHaveLength(2);
    await tickAt('2026-03-02T02:15:00Z', service);
    expect(await made(service)).toHaveLength(3);
    await tools.spare();
    const [row] = await service.query('SELECT attempts, next_attempt_at FROM due_runs');
    expect(row).toEqual({ attempts: 3, next_attempt_at: new Date('2026-03-02T02:35:00Z') });
    const plan = await service.app.get(PlanService).get();
    expect(await service.app.get(DueRuns).nextRunAt(plan)).toEqual(new Date('2026-03-02T02:35:00Z'));
    await tickAt('2026-03-03T02:00:00Z', service);
    expect((await made(service)).at(-1)).toBe('success 2026-03-03T02:00');
    expect(await service.query('SELECT state FROM due_runs ORDER BY due_at')).toEqual([
      { state: 'given_up' },
      { state: 'success' },
    ]);
    expect([1, 2, 3, 8, 20].map((attempts) => pauseAfter(attempts) / 60_000)).toEqual([5, 10, 20, 360, 360]);
  });

  itLong('waits while maintenance is on, and catches up', async () => {
    const service = await start();
    await enable(service);
    await service.app.get(MaintenanceService).enter(77);
    await tickAt('2026-03-02T02:00:00Z', service);
    expect(await made(service)).toEqual([]);
    await service.app.get(MaintenanceService).exit(77);
    await tickAt('2026-03-02T02:30:00Z', service);
    expect(await made(service)).toEqual(['success 2026-03-02T02:30']);
  });

  itLong('is not led astray by a clock that jumps ahead and back', async () => {
    const service = await start();
    await enable(service);
    await tickAt('2026-03-02T02:00:30Z', service);
    await tickAt('2026-03-02T01:10:00Z', service);
    await tickAt('2026-03-02T02:00:00Z', service);
    expect(await made(service)).toHaveLength(1);
    await tickAt('2027-03-02T02:00:00Z', service);
    expect(await made(service)).toHaveLength(2);
    await tickAt('2026-03-03T01:59:00Z', service);
    expect(await made(service)).toHaveLength(2);
    await tickAt('2026-03-03T02:00:30Z', service);
    await tickAt('2026-03-03T03:00:30Z', service);
    await tickAt('2026-03-04T02:00:30Z', service);
    expect(await made(service)).toHaveLength(4);
  });

  itLong('does not make another one because a caller canceled or deleted it', async () => {
    const service = await start();
    await enable(service);
    await tools.hold();
    clock.set(new Date('2026-03-02T02:00:00Z'));
    await service.app.get(PlanTicker).tick();
    await tools.held();
    // The next due time comes while this one runs: it waits.
    clock.set(new Date('2026-03-03T02:00:00Z'));
    await service.app.get(PlanTicker).tick();
    expect((await service.query('SELECT id FROM backups')).length).toBe(1);
    await setRows(service, BackupEntity, { cancelRequested: true });
    await service.idle();
    await tools.release();
    await tickAt('2026-03-03T02:01:00Z', service);
    expect(await made(service)).toEqual(['canceled 2026-03-02T02:00', 'success 2026-03-03T02:01']);
    await service.query(`DELETE FROM backups WHERE status = 'success'`);
    await tickAt('2026-03-03T02:02:00Z', service);
    expect(await made(service)).toHaveLength(1);
  });
});
