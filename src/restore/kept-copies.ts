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

  /** After a finished restore. */
  async keepOrDrop(recorder: RunRecorder, journal: SwapJournal): Promise<void> {
    // A rollback has used up the copy of an earlier run.
    if (journal.isIncomingKept) await this.forget(journal.incoming);
    const { keepPreviousHours } = this.config.restore;
    if (keepPreviousHours === 0) return this.recovery.dropKept(journal);
    await recorder.found({ rollbackUntil: new Date(this.clock.now().getTime() + keepPreviousHours * HOUR_MS) });
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
