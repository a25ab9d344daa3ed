import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, LessThanOrEqual, MoreThan, MoreThanOrEqual, Repository } from 'typeorm';
import { type AuditEntry, AuditService } from '../audit/audit.service';
import { BackupQueue } from '../backups/make/backup-queue';
import { BackupsService } from '../backups/catalogue/backups.service';
import { SCHEDULER } from '../kernel/request/caller';
import { Clock } from '../kernel/clock/clock';
import { DueRunEntity, type DueRunState } from './due-run.entity';
import type { PlanEntity } from './plan.entity';
import { PlanService } from './plan.service';
import { scheduleOf } from './schedule-of';
import { missedDue, nextDue, upcoming } from './schedule';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../kernel/clock/durations';

const FIRST_PAUSE_MS = 5 * MINUTE_MS;
const LONGEST_PAUSE_MS = 6 * HOUR_MS;
/** Due times further back are not needed. */
const REMEMBERED_MS = 400 * DAY_MS;
const FINAL: DueRunState[] = ['success', 'canceled', 'given_up'];

/** How long to wait after so many failed attempts, milliseconds: five minutes, twice as long each time, six hours at most. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
}

/**
 * Owns the rows of `due_runs`: makes one backup for each due time. The caller holds the plan's lock. Each step is written
 * before it is taken: if this process dies, the next holder of the lock goes on where it stopped.
 */
@Injectable()
export class DueRuns {
  constructor(
    @InjectRepository(DueRunEntity) private readonly runs: Repository<DueRunEntity>,
    private readonly plans: PlanService,
    private readonly backups: BackupsService,
    private readonly queue: BackupQueue,
    private readonly clock: Clock,
    private readonly audit: AuditService,
  ) {}

  /**
   * Notes what has become of the backups that were started.
   *
   * @param signal of the lock under which this is done
   * @returns how many of them have become successes
   */
  async settle(signal: AbortSignal): Promise<number> {
    let successes = 0;
    for (const run of await this.runs.findBy({ state: In(['reserved', 'started']) })) {
      signal.throwIfAborted();
      const backup = run.backupId === null ? undefined : await this.backups.find(run.backupId);
      if (backup === undefined) {
        // A reserved run was never begun and will be. If a run was begun and its backup is gone, a caller has deleted it.
        if (run.state === 'started') await this.move(run, { state: 'canceled' });
        continue;
      }
      const details = detailsOf(run);
      if (backup.status === 'success') {
        await this.plans.noteAutoRun(backup.createdAt);
        const record = { action: 'backups.auto.success', result: 'success', details } as const;
        if (await this.move(run, { state: 'success' }, record)) successes += 1;
      } else if (backup.status === 'failed') {
        const failedAt = backup.finishedAt ?? this.clock.now();
        const nextAttemptAt = new Date(failedAt.getTime() + pauseAfter(run.attempts));
        await this.move(
          run,
          { state: 'waiting', nextAttemptAt },
          {
            action: 'backups.auto.failed',
            result: 'failed',
            details: { ...details, error_code: backup.errorCode, next_attempt_at: nextAttemptAt.toISOString() },
          },
        );
      } else if (backup.status === 'canceled') {
        await this.move(run, { state: 'canceled' });
      } else if (run.state === 'reserved') {
        await this.noteStarted(run);
      }
    }
    return successes;
  }

  /**
   * Starts a backup when one is due: the newest due time that has not been served; older ones are given up.
   *
   * @param signal of the lock under which this is done
   */
  async serve(plan: PlanEntity, signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    // Clocks of replicas differ by a little; by more only one that was wrong.
    if (plan.effectiveFrom.getTime() - now.getTime() > HOUR_MS) {
      await this.plans.countFromNow();
      return;
    }
    await this.forgetFuture(now);
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
    if (run.state === 'waiting') {
      if (run.nextAttemptAt > now) return;
      const claim = {
        state: 'reserved',
        attempts: run.attempts + 1,
        backupId: await this.queue.reserveId(),
      } as const;
      signal.throwIfAborted();
      // A process that has lost the lock without knowing it yet must not claim what another process has claimed.
      if (!(await this.move(run, claim))) return;
      Object.assign(run, claim);
    }
    if (run.state !== 'reserved' || run.backupId === null) return;
    await this.queue.createScheduled(run.backupId, { includeFiles: plan.includeFiles });
    await this.noteStarted(run);
  }

  /** Due times since that moment for which no attempt has made a backup, oldest first. */
  async givenUpSince(moment: Date): Promise<Date[]> {
    const where = { dueAt: MoreThanOrEqual(moment), state: 'given_up' as const };
    return (await this.runs.find({ where, order: { dueAt: 'ASC' } })).map(({ dueAt }) => dueAt);
  }

  /** Whether the latest automatic backup that was begun has come to nothing so far; canceled ones say nothing. */
  async isLastFailed(): Promise<boolean> {
    // A due time in the future is of a clock that was wrong.
    const dueAt = LessThanOrEqual(this.clock.now());
    const last = await this.runs.findOne({
      where: [
        { dueAt, state: 'success' },
        { dueAt, attempts: MoreThan(1) },
        { dueAt, attempts: 1, state: In(['waiting', 'given_up']) },
      ],
      order: { dueAt: 'DESC' },
    });
    return last !== null && last.state !== 'success';
  }

  /** When the next automatic backup begins, as far as one can know; `undefined` while the plan is off. */
  async nextRunAt(plan: PlanEntity): Promise<Date | undefined> {
    if (!plan.enabled) return undefined;
    const now = this.clock.now();
    const schedule = scheduleOf(plan);
    const due = missedDue(schedule, await this.referenceOf(plan), now);
    if (due === undefined) return nextDue(schedule, now);
    const run = await this.runs.findOneBy({ dueAt: due });
    if (run !== null && run.state !== 'waiting' && run.state !== 'reserved') return nextDue(schedule, now);
    return run !== null && run.state === 'waiting' && run.nextAttemptAt > now ? run.nextAttemptAt : now;
  }

  /** When the next automatic backups begin, one that is to be made up for included; while the plan is off, as if it were on. */
  async nextRuns(plan: PlanEntity, count: number): Promise<Date[]> {
    const now = this.clock.now();
    const next = await this.nextRunAt(plan);
    const times = new Set(
      [...(next === undefined ? [] : [next]), ...upcoming(scheduleOf(plan), now, count)].map(Number),
    );
    return [...times]
      .sort((a, b) => a - b)
      .slice(0, count)
      .map((ms) => new Date(ms));
  }

  /** Forgets due times of long ago. */
  async forgetOld(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - REMEMBERED_MS);
    await this.runs.delete({ dueAt: LessThan(before), state: In(FINAL) });
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

  /** What a clock that was far ahead has served will be due when its time really comes. */
  private async forgetFuture(now: Date): Promise<void> {
    const beyond = new Date(now.getTime() + DAY_MS);
    await this.runs.delete({ dueAt: MoreThan(beyond), state: In(FINAL) });
  }

  private async noteStarted(run: DueRunEntity): Promise<void> {
    const record = { action: 'backups.auto.started', result: 'queued', details: detailsOf(run) } as const;
    await this.move(run, { state: 'started' }, record);
  }

  /**
   * Takes a run from the state in which it was seen to the next one, and records it; both happen, or neither.
   *
   * @returns false when another process has done so meanwhile
   */
  private async move(
    run: DueRunEntity,
    changes: Partial<DueRunEntity>,
    record?: Pick<AuditEntry, 'action' | 'result' | 'details'>,
  ): Promise<boolean> {
    const { dueAt, state, attempts } = run;
    return this.runs.manager.transaction(async (manager) => {
      const moved = await manager.update(DueRunEntity, { dueAt, state, attempts }, changes);
      if (moved.affected !== 1) return false;
      if (record !== undefined) await this.audit.recordIn(manager, { ...record, actor: SCHEDULER, actorRoles: [] });
      return true;
    });
  }
}

function detailsOf({ dueAt, backupId, attempts }: DueRunEntity): Record<string, unknown> {
  return { due_at: dueAt.toISOString(), backup_id: backupId, attempt: attempts };
}
