import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThanOrEqual, Repository } from 'typeorm';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { lockName, type LockSession } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import type { SwapJournal } from './journal';
import { RestoreRunEntity } from './restore-run.entity';
import type { RunRecorder } from './run-recorder';
import { TargetRecovery } from './target-recovery';

const HOUR_MS = 3_600_000;

/** The old states that restores leave behind: kept for as long as configured, then dropped. */
@Injectable()
export class KeptCopies {
  private readonly logger = new Logger(KeptCopies.name);

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly recovery: TargetRecovery,
  ) {}

  /**
   * Notes, for a run that has changed the target and not yet ended, until when the old state is kept. Without it, recovery
   * could not tell that the target has been exchanged: also what is to be kept for no time is dropped only afterwards.
   */
  async keep(recorder: RunRecorder, journal: SwapJournal): Promise<void> {
    // A rollback has used up the copy of an earlier run.
    const { rollbackOf } = recorder.run;
    if (journal.isIncomingKept && rollbackOf !== null)
      await this.runs.update({ id: rollbackOf }, { rollbackUntil: null });
    const keptForMs = this.config.restore.keepPreviousHours * HOUR_MS;
    await recorder.found({ rollbackUntil: new Date(this.clock.now().getTime() + keptForMs) });
  }

  /**
   * Drops the copies that are due. One that is not the doing of a finished run is in doubt and stays, and so does one that
   * somebody is going back to. What cannot be dropped now is left to the next time. Never throws for one of them.
   *
   * @param held has the target's lock alone; without it the lock is taken, if it is free: nobody exchanges anything meanwhile
   */
  async dropDue(held?: LockSession): Promise<void> {
    const due = await this.runs.findBy({ status: 'success', rollbackUntil: LessThanOrEqual(this.clock.now()) });
    if (due.length === 0) return;
    if (held !== undefined) return this.drop(due);
    const session = await this.locks.open();
    try {
      if (await session.tryLock(lockName.target, 'exclusive')) await this.drop(due);
    } finally {
      await session.close();
    }
  }

  private async drop(due: readonly RestoreRunEntity[]): Promise<void> {
    for (const run of due) {
      if (run.journal?.kind !== 'swap' || (await this.isWanted(run.id))) continue;
      try {
        await this.recovery.dropKept(run.journal);
        await this.runs.update({ id: run.id }, { rollbackUntil: null });
      } catch (error) {
        this.logger.warn({ err: error, restore_id: run.id }, 'a kept copy could not be dropped; will try again');
      }
    }
  }

  private isWanted(id: number): Promise<boolean> {
    return this.runs.existsBy({ rollbackOf: id, status: In(['queued', 'running']) });
  }
}
