import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { RUN_STATUSES } from '../backups/catalogue/backup.entity';
import { BackupQuestions } from '../backups/catalogue/backup-questions';
import { CopyRows } from '../backups/catalogue/copy-rows';
import { FurtherStorages } from '../kernel/storage/further-storages';
import { StorageStates } from '../kernel/storage/storage-states';
import { Storage } from '../engine/storage/storage';
import { Clock } from '../kernel/clock/clock';
import { type ErrorCode, ERRORS, isErrorCode } from '../kernel/errors/error-table';
import { ALERTS } from '../alerts/alert';
import { MetricsSource } from '../kernel/health/metrics-source';
import { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';
import { JobMetrics } from './job-metrics';
import { StorageMetrics } from './storage-metrics';

const SCHEDULER = 'backups_scheduler';

/** Codes of requests that the row of a backup may have, too. */
const ALSO_OF_ROWS: ReadonlySet<ErrorCode> = new Set([
  'backups.concurrent_operation',
  'backups.file_missing',
  'backups.files_not_configured',
  'backups.invalid_format',
]);

/** What the row of a failed backup may say: whatever goes wrong inside, and what only a run finds out. */
const BACKUP_FAILURES = Object.keys(ERRORS)
  .filter(isErrorCode)
  .filter((code) => /^backups\.\w+$/.test(code) && (ERRORS[code].status >= 500 || ALSO_OF_ROWS.has(code)));

/** Gauges of the library with the names of counters, which checkers of metrics refuse; each has another one that tells more. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

type Row = Record<string, unknown>;

/**
 * Metrics from the control database, so that they survive a restart and agree on all replicas; counters are kept there by
 * triggers, because rows go and counters must not. With them Node's own of this process.
 */
@Injectable()
export class MetricsService extends MetricsSource {
  private readonly registry = new Registry();

  private readonly artifacts = this.gauge('berkut_backups_artifacts', 'Backups in the catalogue.', ['status']);
  private readonly restoreRuns = this.gauge('berkut_backups_restore_runs', 'Restore runs.', ['status', 'dry_run']);
  private readonly planEnabled = this.gauge('berkut_backup_plan_enabled', 'Whether backups are made by themselves.');
  private readonly lastAutoRun = this.gauge(
    'berkut_backup_plan_last_auto_run_timestamp_seconds',
    'When the latest successful automatic backup was begun, seconds since 1970.',
  );
  private readonly lastAutoRunAge = this.gauge(
    'berkut_backup_plan_last_auto_run_age_seconds',
    'Seconds since the latest successful automatic backup was begun.',
  );
  private readonly ticks = this.counter('berkut_worker_ticks_total', 'Turns of a recurring job.', ['worker']);
  private readonly tickErrors = this.counter('berkut_worker_tick_errors_total', 'Failed turns.', ['worker']);
  private readonly lastTick = this.gauge(
    'berkut_worker_last_tick_timestamp_seconds',
    'Latest turn of a recurring job, seconds since 1970.',
    ['worker'],
  );
  private readonly backupDuration = this.gauge(
    'berkut_backup_duration_seconds',
    'How long the latest successful backup took, waiting included.',
  );
  private readonly backupBytes = this.counter('berkut_backup_bytes_total', 'Bytes of containers made so far.');
  private readonly backupFailures = this.counter('berkut_backup_failures_total', 'Failed backups so far.', ['code']);
  private readonly lastSuccess = this.gauge(
    'berkut_backup_last_success_timestamp_seconds',
    'When the newest successful backup of the whole database was begun, seconds since 1970.',
  );
  private readonly lastVerified = this.gauge(
    'berkut_backup_last_verified_timestamp_seconds',
    'When a backup was last restored, if only for a rehearsal, seconds since 1970.',
  );
  private readonly restoreDuration = this.gauge(
    'berkut_restore_duration_seconds',
    'How long the latest successful real restore took.',
  );
  private readonly freeBytes = this.gauge('berkut_storage_free_bytes', 'Bytes that can still be stored.');
  private readonly unknownFiles = this.gauge(
    'berkut_storage_unknown_files',
    'Containers in the storage that no backup has, as of the latest daily look.',
  );
  private readonly missingFiles = this.gauge(
    'berkut_backups_missing_files',
    'Backups whose file is gone or does not have its size, as of the latest daily look.',
  );
  private readonly maintenance = this.gauge('berkut_maintenance_active', 'Whether a restore has closed the service.');

  private readonly alerts = this.gauge('berkut_alert_active', 'Whether an alert is on.', ['alert']);

  private readonly jobs: JobMetrics;
  private readonly storages: StorageMetrics;

  constructor(
    private readonly dataSource: DataSource,
    private readonly storage: Storage,
    private readonly backups: BackupQuestions,
    private readonly clock: Clock,
    copies: CopyRows,
    further: FurtherStorages,
    states: StorageStates,
    jobs: RecurringJobs,
  ) {
    super();
    this.jobs = new JobMetrics(this.registry, jobs);
    this.storages = new StorageMetrics(this.registry, { copies, further, states, clock });
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  private rendering: Promise<{ contentType: string; text: string }> | undefined;

  /**
   * A caller that asks while the numbers are being read gets the same ones: there is one registry, which is emptied and filled.
   *
   * @throws the driver's error: without the database there is nothing true to say
   */
  async render(): Promise<{ contentType: string; text: string }> {
    this.rendering ??= this.readAll().finally(() => (this.rendering = undefined));
    return this.rendering;
  }

  private async readAll(): Promise<{ contentType: string; text: string }> {
    await this.readCounts();
    await this.readLatest();
    await this.storages.read();
    await this.readCounters();
    await this.readAlerts();
    this.jobs.read();
    const freeBytes = await this.storage.freeBytes().catch(() => 0);
    // Where there is no limit there is nothing to tell.
    if (freeBytes === undefined) this.freeBytes.remove();
    else this.freeBytes.set(freeBytes);
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  private async readCounts(): Promise<void> {
    this.artifacts.reset();
    for (const status of RUN_STATUSES) this.artifacts.set({ status }, 0);
    for (const [status, n] of await this.backups.countByStatus()) this.artifacts.set({ status }, n);
    this.restoreRuns.reset();
    for (const status of RUN_STATUSES) {
      for (const dryRun of ['true', 'false']) this.restoreRuns.set({ status, dry_run: dryRun }, 0);
    }
    const runs = await this.query(
      'SELECT status, dry_run, count(*)::float8 AS n FROM restore_runs GROUP BY status, dry_run',
    );
    for (const { status, dry_run: dryRun, n } of runs) {
      this.restoreRuns.set({ status: String(status), dry_run: String(dryRun) }, Number(n));
    }
  }

  private async readLatest(): Promise<void> {
    const [row = {}] = await this.query(`
      SELECT p.enabled, extract(epoch FROM p.last_auto_run_at)::float8 AS last_auto_run,
             (SELECT restore_id IS NOT NULL FROM maintenance) AS in_maintenance,
             (SELECT unknown_files FROM storage_check) AS unknown_files,
             (SELECT missing_files FROM storage_check) AS missing_files,
             (SELECT extract(epoch FROM finished_at - created_at)::float8 FROM restore_runs
               WHERE status = 'success' AND mode = 'restore' ORDER BY created_at DESC, id DESC LIMIT 1) AS restore_duration
        FROM plan p`);
    this.planEnabled.set(row['enabled'] === true ? 1 : 0);
    this.maintenance.set(row['in_maintenance'] === true ? 1 : 0);
    const nowSeconds = this.clock.now().getTime() / 1000;
    setOrLeaveOut(this.lastAutoRun, row['last_auto_run']);
    const age = row['last_auto_run'] === null ? null : nowSeconds - Number(row['last_auto_run']);
    setOrLeaveOut(this.lastAutoRunAge, age);
    setOrLeaveOut(this.lastSuccess, secondsOf(await this.backups.newestGoodAt({ source: 'local' })));
    setOrLeaveOut(this.lastVerified, secondsOf(await this.backups.lastVerifiedAt()));
    const durationMs = await this.backups.newestDurationMs();
    setOrLeaveOut(this.backupDuration, durationMs === undefined ? undefined : durationMs / 1000);
    setOrLeaveOut(this.unknownFiles, row['unknown_files']);
    setOrLeaveOut(this.missingFiles, row['missing_files']);
    setOrLeaveOut(this.restoreDuration, row['restore_duration']);
  }

  private async readCounters(): Promise<void> {
    const counters = [this.ticks, this.tickErrors, this.backupBytes, this.backupFailures];
    for (const counter of counters) counter.reset();
    this.lastTick.reset();
    // What has not happened yet is zero: a series that begins with one has not grown, as far as monitoring can tell.
    this.backupBytes.inc(0);
    this.ticks.inc({ worker: SCHEDULER }, 0);
    this.tickErrors.inc({ worker: SCHEDULER }, 0);
    for (const code of BACKUP_FAILURES) this.backupFailures.inc({ code }, 0);
    for (const { name, label, value, at } of await this.query(
      'SELECT name, label, value, extract(epoch FROM changed_at)::float8 AS at FROM counters',
    )) {
      const amount = Number(value);
      if (name === 'ticks') {
        this.ticks.inc({ worker: SCHEDULER }, amount);
        this.lastTick.set({ worker: SCHEDULER }, Number(at));
      }
      if (name === 'tick_errors') this.tickErrors.inc({ worker: SCHEDULER }, amount);
      if (name === 'backup_bytes') this.backupBytes.inc(amount);
      if (name === 'backup_failures') this.backupFailures.inc({ code: String(label) }, amount);
    }
  }

  private async readAlerts(): Promise<void> {
    const active = new Set((await this.query('SELECT name FROM alerts')).map(({ name }) => String(name)));
    for (const alert of ALERTS) this.alerts.set({ alert }, active.has(alert) ? 1 : 0);
  }

  private async query(sql: string): Promise<Row[]> {
    return this.dataSource.query(sql);
  }

  private gauge<T extends string>(name: string, help: string, labelNames: T[] = []): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

function secondsOf(time: Date | undefined): number | undefined {
  return time === undefined ? undefined : time.getTime() / 1000;
}

/** What has never happened has no time: zero would be 1970. */
function setOrLeaveOut(gauge: Gauge, value: unknown): void {
  if (value === null || value === undefined) gauge.remove();
  else gauge.set(Number(value));
}
