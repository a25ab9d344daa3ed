import { Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Not, Repository } from 'typeorm';
import { AuditService } from '../../audit/audit.service';
import { Clock } from '../../kernel/clock/clock';
import { RecurringJobs } from '../../kernel/jobs/recurring-jobs.service';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { MaintenanceService } from '../../maintenance/maintenance.service';
import { KeptCopies } from '../leftovers/kept-copies';
import { KeptRehearsals } from '../leftovers/kept-rehearsals';
import { type Journal, leavesTargetAlone } from '../record/journal';
import { RestoreRunEntity } from '../record/restore-run.entity';
import { RunRecorder } from '../record/run-recorder';
import { recordOf, successRecord } from '../record/written-meanwhile';
import { Tidier } from '../leftovers/tidier';
import { Undo } from '../parts/undo';
import { RestoreStrategies } from '../strategies/restore-strategies';

/** How often a replica looks for runs that another one left behind when it died, and for kept copies that are due. */
const LOOK_EVERY_MS = 5_000;

const COMPLAINT = 'could not finish or undo an interrupted restore; will try again';

/**
 * Ends the runs of processes that died: a run that has not ended and whose lock is free. The target is given back first,
 * then the row says what happened, then what is left is removed; cut short anywhere, it is repeated.
 */
@Injectable()
export class RestoreRecovery implements OnApplicationBootstrap {
  private readonly logger = new Logger(RestoreRecovery.name);
  private readonly job = this.jobs.declare({
    name: 'restore_recovery',
    everyMs: LOOK_EVERY_MS,
    whilePaused: true,
    complaint: COMPLAINT,
    level: 'error',
    run: () => this.recover(),
  });

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly jobs: RecurringJobs,
    private readonly maintenance: MaintenanceService,
    private readonly undo: Undo,
    private readonly strategies: RestoreStrategies,
    private readonly kept: KeptCopies,
    private readonly rehearsals: KeptRehearsals,
    private readonly tidier: Tidier,
    private readonly audit: AuditService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // A target that cannot be reached must not keep the service from starting: maintenance stays on, and it is tried again.
    await this.look();
    this.job.start();
  }

  /** Looks once; never rejects. */
  look(): Promise<void> {
    return this.job.turn();
  }

  private async recover(): Promise<void> {
    const open = await this.runs.findBy({ status: In(['queued', 'running']) });
    // One that cannot be settled must not keep the others from it.
    for (const run of open) await this.attempt(() => this.endWhenDead(run.id));
    await this.attempt(() => this.endStaleMaintenance());
    await this.attempt(() => this.kept.dropDue());
    await this.attempt(() => this.rehearsals.dropDue());
    await this.attempt(() => this.tidier.tryDue());
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.logger.error({ err: error }, COMPLAINT);
    }
  }

  private async endWhenDead(id: number): Promise<void> {
    await this.locks.tryWith(lockName.restoreRun(id), 'exclusive', async (session) => {
      const run = await this.runs.findOneBy({ id, status: In(['queued', 'running']) });
      if (run !== null) await this.end(run, session);
    });
  }

  /** Ends maintenance of a run that is over. No run should leave it on, but callers must not be shut out for ever. */
  private async endStaleMaintenance(): Promise<void> {
    const active = await this.maintenance.current();
    if (active === undefined) return;
    await this.locks.tryWith(lockName.restoreRun(active.restoreId), 'exclusive', async (session) => {
      if (!(await session.tryLock(lockName.target, 'exclusive'))) return;
      const run = await this.runs.findOneBy({ id: active.restoreId, status: Not(In(['queued', 'running'])) });
      if (run === null || run.journal === null) return;
      this.logger.error({ restore_id: run.id }, 'maintenance was still on for a run that has ended');
      await this.undo.giveBack(run.id, closing(run.journal), this.strategies);
    });
  }

  private async end(run: RestoreRunEntity, session: LockSession): Promise<void> {
    const recorder = new RunRecorder(this.runs, run, this.clock, session);
    if (run.journal !== null) {
      // A backup may be reading a target that the run has not touched.
      const needsTarget = !leavesTargetAlone(run.journal);
      if (needsTarget && !(await session.tryLock(lockName.target, 'exclusive'))) return;
      const state = await this.undo.giveBack(run.id, run.journal, this.strategies);
      if (state === 'new') {
        await this.kept.keep(recorder);
        await recorder.succeed();
        this.logger.log({ restore_id: run.id, recovered: true }, 'a restore run has succeeded');
        await this.audit.recordOwn('backups.restore.success', 'success', {
          ...successRecord(run),
          recovered: true,
        });
        return;
      }
    }
    // What made it fail, when it had come so far as to say it.
    const code = run.errorCode ?? 'backups.restore.interrupted';
    await recorder.fail({ code });
    this.logger.warn({ restore_id: run.id, error_code: code, recovered: true }, 'restore run failed');
    if (run.dryRun) return;
    await this.audit.recordOwn('backups.restore.failed', 'failed', {
      ...recordOf(run),
      error_code: code,
    });
  }
}

/** Under maintenance the target may be closed, whatever the entry says: an older one may have been written over a newer one. */
function closing(journal: Journal): Journal {
  return journal.kind === 'swap' && leavesTargetAlone(journal) ? { ...journal, phase: 'fencing' } : journal;
}
