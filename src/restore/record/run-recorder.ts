import { In, type Repository } from 'typeorm';
import { present } from '../../engine/optional/present';
import { ERRORS } from '../../kernel/errors/error-table';
import type { Clock } from '../../kernel/clock/clock';
import type { LockSession } from '../../kernel/operations/lock-session';
import { ProgressWriter, type ProgressReport } from '../../kernel/operations/progress-writer';
import type { Journal } from './journal';
import type { RestoreFailure } from './restore-failure';
import type { RestoreRunEntity } from './restore-run.entity';
import { LOG_LINES, type RestoreLog, type RestoreStep, type StepName } from './restore-steps';
import { UnsettledError } from './unsettled-error';

/** What a run learns of itself while it goes on. */
type Learned = Partial<
  Pick<RestoreRunEntity, 'strategy' | 'manifest' | 'compatibility' | 'rollbackUntil' | 'keptUntil'>
>;

/**
 * The only writer of a restore run's row. Every transition is one update that is awaited before the work goes on, so that
 * the row never claims less than what has been begun.
 */
export class RunRecorder {
  private readonly progress: ProgressWriter;
  /** Something was left out: nothing is proven of the backup. */
  isIncomplete = false;

  constructor(
    private readonly runs: Repository<RestoreRunEntity>,
    readonly run: RestoreRunEntity,
    private readonly clock: Clock,
    /** Holds the run's locks: a process that has lost them must not recover anything any more. */
    readonly locks: LockSession,
    /** What the database refuses may be left out. */
    readonly allowsIncomplete = false,
  ) {
    this.progress = new ProgressWriter(clock, async (view) => {
      this.run.progress = view;
      await this.runs.update({ id: this.run.id, status: 'running' }, { progress: view, updatedAt: this.clock.now() });
    });
  }

  /** Marks the run as running. */
  async begin(): Promise<void> {
    this.run.status = 'running';
    this.log('info', 'restore.started');
    if (this.allowsIncomplete) this.log('info', 'restore.may_be_incomplete');
    await this.save();
  }

  /** Carries out one step: recorded as running before it acts, as success or failed after. */
  async step<T>(name: StepName, act: (details: Record<string, unknown>) => Promise<T>): Promise<T> {
    const step = this.stepNamed(name);
    const details: Record<string, unknown> = {};
    step.status = 'running';
    step.started_at = this.now();
    delete step.finished_at;
    this.run.progress = null;
    this.log('info', `restore.step.${name}`);
    await this.save();
    try {
      const result = await act(details);
      await this.progress.settled();
      this.close(step, 'success', details);
      await this.save();
      return result;
    } catch (error) {
      await this.progress.settled();
      // The sentence is filled in by `fail`, which knows the code.
      this.close(step, 'failed', details);
      throw error;
    }
  }

  /** Records that a step was not needed, and why. */
  async skip(name: StepName, reason: string): Promise<void> {
    this.close(this.stepNamed(name), 'skipped', { reason });
    await this.save();
  }

  /** Writes what is about to be done to the target's server, before it is done. */
  async journal(entry: Journal): Promise<void> {
    if (this.run.journal?.phase !== entry.phase) this.log('info', `restore.journal.${entry.phase}`);
    this.run.journal = entry;
    await this.save();
  }

  async found(learned: Learned): Promise<void> {
    Object.assign(this.run, learned);
    await this.save();
  }

  report(report: ProgressReport): void {
    this.progress.report(report);
  }

  /**
   * Ends the run well. Steps that a dead process had no time to close were done, or the run would not be a success; so was
   * one whose answer got lost after the server had done it.
   */
  async succeed(): Promise<void> {
    this.run.status = 'success';
    this.run.errorCode = null;
    for (const step of this.run.steps) {
      if (step.status === 'success' || step.status === 'skipped') continue;
      this.close(step, 'success', {});
      delete step.details?.['error'];
    }
    this.log('info', 'restore.success');
    await this.end();
  }

  /**
   * Keeps what was wrong before it is undone: should the undoing be cut short, recovery ends the run with it. Best effort:
   * what is undone matters more.
   */
  async noteFailure({ code, sentence, details = {}, cause }: RestoreFailure): Promise<void> {
    this.run.errorCode = code;
    for (const step of this.run.steps) {
      if (step.status === 'failed')
        step.details = { ...details, ...causeDetail(cause), ...step.details, error: sentence ?? ERRORS[code].message };
    }
    try {
      await this.save();
    } catch (error) {
      if (error instanceof UnsettledError) throw error;
    }
  }

  /** Ends the run as failed: the failed step says what was wrong in words that are safe to show, later ones are skipped. */
  async fail({ code, sentence, details = {}, cause }: RestoreFailure): Promise<void> {
    this.run.status = 'failed';
    this.run.errorCode = code;
    for (const step of this.run.steps) {
      if (step.status === 'running') this.close(step, 'failed', {});
      if (step.status === 'failed')
        step.details = { error: sentence ?? ERRORS[code].message, ...details, ...causeDetail(cause), ...step.details };
      if (step.status === 'queued') step.status = 'skipped';
    }
    this.log('error', 'restore.failed', { ...details, error_code: code });
    await this.end();
  }

  /** Ends the run because a caller asked for it. */
  async cancel(): Promise<void> {
    this.run.status = 'canceled';
    for (const step of this.run.steps) {
      if (step.status !== 'success') this.close(step, 'skipped', {});
    }
    this.log('info', 'restore.canceled');
    await this.end();
  }

  log(level: RestoreLog['level'], message: string, details?: Record<string, unknown>): void {
    this.run.logs.push({ at: this.now(), level, message, ...present({ details }) });
    this.run.logs.splice(0, this.run.logs.length - LOG_LINES);
  }

  private async end(): Promise<void> {
    await this.progress.settled();
    this.run.progress = null;
    this.run.finishedAt = this.clock.now();
    await this.save();
  }

  private close(step: RestoreStep, status: RestoreStep['status'], details: Record<string, unknown>): void {
    step.status = status;
    step.finished_at = this.now();
    if (Object.keys(details).length > 0) step.details = { ...step.details, ...details };
  }

  private stepNamed(name: StepName): RestoreStep {
    const step = this.run.steps.find((candidate) => candidate.name === name);
    if (step === undefined) throw new Error(`this run has no step ${name}`);
    return step;
  }

  private now(): string {
    return this.clock.now().toISOString();
  }

  /** Writes the columns that the run itself owns. The request to cancel is not one of them. */
  private async save(): Promise<void> {
    this.run.updatedAt = this.clock.now();
    const { id, status, strategy, steps, logs, progress, journal, manifest, compatibility } = this.run;
    const { errorCode, rollbackUntil, keptUntil, updatedAt, finishedAt } = this.run;
    // TypeORM's type for an update does not know that what is in a JSON column has unknown members.
    const columns: object = { status, strategy, steps, logs, progress, journal, manifest, compatibility };
    const written = await this.runs.update(
      { id, status: In(['queued', 'running']) },
      { ...columns, errorCode, rollbackUntil, keptUntil, updatedAt, finishedAt },
    );
    // Another process took our locks and has ended the run.
    if (written.affected !== 1) throw new UnsettledError('the run was ended by another process');
  }
}

/** Beside the sentence in `error`; not in the log, which every reader of the run is shown. */
function causeDetail(cause: RestoreFailure['cause']): Record<string, unknown> {
  return present({ cause });
}
