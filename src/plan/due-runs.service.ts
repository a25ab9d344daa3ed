import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, LessThanOrEqual, Repository } from 'typeorm';
import { AuditService } from '../audit/audit.service';
import { BackupsService } from '../backups/backups.service';
import { Clock } from '../kernel/clock/clock';
import { sanitize } from '../kernel/errors/sanitize';
import { DueRunEntity } from './due-run.entity';
import type { PlanEntity } from './plan.entity';
import { PlanService, scheduleOf } from './plan.service';
import { missedDue, nextDue } from './schedule';

const MINUTE_MS = 60_000;
const FIRST_PAUSE_MS = 5 * MINUTE_MS;
const LONGEST_PAUSE_MS = 6 * 60 * MINUTE_MS;
/** Due times further back are of no use to anybody. */
const REMEMBERED_MS = 400 * 24 * 60 * MINUTE_MS;

/** How long to wait after so many failed attempts, milliseconds: five minutes, twice as long each time, six hours at most. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
}

/**
 * Owns the rows of `due_runs`: makes one backup for each due time. Whoever calls holds the plan's lock; each step is
 * written before it is taken, so that whoever holds the lock next goes on where this one died.
 */
@Injectable()
export class DueRuns {
  constructor(
    @InjectRepository(DueRunEntity) private readonly runs: Repository<DueRunEntity>,
    private readonly plans: PlanService,
    private readonly backups: BackupsService,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /**
   * Notes what has become of the backups that were started.
   *
   * @returns how many of them have become successes
   */
  async settle(): Promise<number> {
    let successes = 0;
    for (const run of await this.runs.findBy({ state: In(['reserved', 'started']) })) {
      const backup = run.backupId === null ? undefined : await this.backups.find(run.backupId);
      if (backup === undefined) {
        // A reserved one was never begun and will be; one that was begun and is gone was deleted by somebody.
        if (run.state === 'started') await this.runs.update({ dueAt: run.dueAt }, { state: 'canceled' });
        continue;
      }
      const details = { due_at: run.dueAt.toISOString(), backup_id: backup.id, attempt: run.attempts };
      if (backup.status === 'success') {
        await this.plans.noteAutoRun(backup.createdAt);
        await this.runs.update({ dueAt: run.dueAt }, { state: 'success' });
        await this.audit.recordOwn('backups.auto.success', 'success', details);
        successes += 1;
      } else if (backup.status === 'failed') {
        await this.failed(run, backup.finishedAt ?? this.clock.now(), { ...details, error_code: backup.errorCode });
      } else {
        await this.runs.update({ dueAt: run.dueAt }, { state: backup.status === 'canceled' ? 'canceled' : 'started' });
      }
    }
    return successes;
  }

  /** Starts a backup when one is due: the newest due time that has not been served; older ones are given up. */
  async serve(plan: PlanEntity): Promise<void> {
    const now = this.clock.now();
    if (plan.effectiveFrom > now) {
      await this.plans.countFromNow();
      return;
    }
    const due = missedDue(scheduleOf(plan), await this.referenceOf(plan), now);
    if (due === undefined || (await this.runs.existsBy({ state: 'started' }))) return;
    await this.runs.update({ dueAt: LessThan(due), state: In(['waiting', 'reserved']) }, { state: 'given_up' });
    await this.runs
      .createQueryBuilder()
      .insert()
      .values({ dueAt: due, state: 'waiting', attempts: 0, nextAttemptAt: now })
      .orIgnore()
      .execute();
    const run = await this.runs.findOneByOrFail({ dueAt: due });
    if (run.state === 'reserved') await this.start(run, plan);
    if (run.state !== 'waiting' || run.nextAttemptAt > now) return;
    run.backupId = await this.backups.reserveId();
    run.attempts += 1;
    run.state = 'reserved';
    await this.runs.save(run);
    await this.start(run, plan);
  }

  /** When the next automatic backup begins, as far as one can know; `undefined` while the plan is off. */
  async nextRunAt(plan: PlanEntity): Promise<Date | undefined> {
    if (!plan.enabled) return undefined;
    const now = this.clock.now();
    const schedule = scheduleOf(plan);
    const due = missedDue(schedule, await this.referenceOf(plan), now);
    if (due === undefined) return nextDue(schedule, now);
    const run = await this.runs.findOneBy({ dueAt: due });
    if (run?.state === 'canceled' || run?.state === 'started') return nextDue(schedule, now);
    return run !== null && run.nextAttemptAt > now ? run.nextAttemptAt : now;
  }

  /** Forgets due times of long ago. */
  async forgetOld(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - REMEMBERED_MS);
    await this.runs.delete({ dueAt: LessThan(before), state: In(['success', 'canceled', 'given_up']) });
  }

  /**
   * Since when nothing has been missed. What lies in the future was written by a clock that was wrong then or is wrong
   * now, and does not count.
   */
  private async referenceOf(plan: PlanEntity): Promise<Date> {
    const now = this.clock.now();
    const served = await this.runs.findOne({
      where: { state: 'success', dueAt: LessThanOrEqual(now) },
      order: { dueAt: 'DESC' },
    });
    const known = [plan.lastAutoRunAt, served?.dueAt ?? null].filter((at) => at !== null && at <= now);
    return new Date(Math.max(plan.effectiveFrom.getTime(), ...known.map((at) => at?.getTime() ?? 0)));
  }

  private async start(run: DueRunEntity, plan: PlanEntity): Promise<void> {
    const details = { due_at: run.dueAt.toISOString(), backup_id: run.backupId, attempt: run.attempts };
    try {
      await this.backups.createScheduled(run.backupId ?? 0, { includeFiles: plan.includeFiles });
      await this.runs.update({ dueAt: run.dueAt }, { state: 'started' });
      await this.audit.recordOwn('backups.auto.started', 'queued', details);
    } catch (error) {
      await this.failed(run, this.clock.now(), { ...details, error_code: sanitize(error).code });
      throw error;
    }
  }

  private async failed(run: DueRunEntity, at: Date, details: Readonly<Record<string, unknown>>): Promise<void> {
    const nextAttemptAt = new Date(at.getTime() + pauseAfter(run.attempts));
    await this.runs.update({ dueAt: run.dueAt }, { state: 'waiting', nextAttemptAt });
    await this.audit.recordOwn('backups.auto.failed', 'failed', {
      ...details,
      next_attempt_at: nextAttemptAt.toISOString(),
    });
  }
}
