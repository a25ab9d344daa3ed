import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThanOrEqual, Repository } from 'typeorm';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import type { SwapJournal } from './journal';
import { RestoreRunEntity } from './restore-run.entity';
import type { RunRecorder } from './run-recorder';
import { TargetRecovery } from './target-recovery';

const HOUR_MS = 3_600_000;

/** The old states that restores leave behind: kept for as long as configured, then dropped. */
@Injectable()
export class KeptCopies {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly recovery: TargetRecovery,
  ) {}

  /**
   * Notes, for a run that has changed the target and not yet ended, until when the old state is kept. Without it, recovery
   * could not tell that the target has been exchanged: also what is to be kept for no time is dropped only afterwards.
   */
  async keep(recorder: RunRecorder, journal: SwapJournal): Promise<void> {
    // A rollback has used up the copy of an earlier run.
    if (journal.isIncomingKept) await this.forget(journal.incoming);
    const keptForMs = this.config.restore.keepPreviousHours * HOUR_MS;
    await recorder.found({ rollbackUntil: new Date(this.clock.now().getTime() + keptForMs) });
  }

  /** Drops the copies that are due. One that is not the doing of a finished run is in doubt and stays. */
  async dropDue(): Promise<void> {
    const due = await this.runs.findBy({ status: 'success', rollbackUntil: LessThanOrEqual(this.clock.now()) });
    for (const run of due) {
      if (run.journal?.kind !== 'swap') continue;
      await this.recovery.dropKept(run.journal);
      await this.runs.update({ id: run.id }, { rollbackUntil: null });
    }
  }

  private async forget(database: string): Promise<void> {
    await this.runs
      .createQueryBuilder()
      .update()
      .set({ rollbackUntil: null })
      .where(`journal ->> 'kept' = :database`, { database })
      .execute();
  }
}
