import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { withConnection } from '../../engine/postgres/server/connection';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { sessionOf } from '../../engine/postgres/server/server-session';
import { CanceledError } from '../../kernel/operations/cancel';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { TargetService } from '../../kernel/target/target.service';
import { MaintenanceService } from '../../maintenance/maintenance.service';
import { DryRuns } from '../record/dry-runs';
import type { SwapJournal, TransactionJournal } from '../record/journal';
import { restoreFailure } from '../record/restore-failure';
import type { RunRecorder } from '../record/run-recorder';
import { KeptCopies } from '../leftovers/kept-copies';
import type { Recoverer } from './given-back';
import { Undo } from './undo';
import { orUnsettled, UnsettledError } from '../record/unsettled-error';
import { MINUTE_MS } from '../../kernel/clock/durations';

/** A sweep ends after the file that it is removing; large ones take a while. */
const PAUSE_WITHIN_MS = 5 * MINUTE_MS;

/** What a run does with the target, in order; the state of the run, if it has any, is in the fields of the object. */
export interface WindowSteps<J extends SwapJournal | TransactionJournal> {
  /** What is done while the target is still open. Its journal entries are undone as all others are. */
  beforehand?(): Promise<void>;
  /** What is about to be done, as far as it is known; `admin` is connected to the maintenance database. */
  plan(admin: pg.Client): Promise<J>;
  /** Closes the target to every other session. */
  close?(admin: pg.Client): Promise<void>;
  /** Backs up what is about to be replaced. */
  secure?(): Promise<void>;
  /** Throws when it failed; whether the target has changed by then is found out from the server. */
  change(journal: J): Promise<void>;
  /** Gives back what `secure` has taken, before the target is looked at. Never throws. */
  release?(): Promise<void>;
}

/** The time during which a run changes the target: maintenance on before, the target whole and maintenance off after it. */
@Injectable()
export class RestoreWindow {
  constructor(
    private readonly target: TargetService,
    private readonly maintenance: MaintenanceService,
    private readonly undo: Undo,
    private readonly locks: LockService,
    private readonly dryRuns: DryRuns,
    private readonly kept: KeptCopies,
  ) {}

  /**
   * Changes the target under maintenance.
   *
   * @param by gives the target back when that fails
   * @throws the error that kept it from being changed, once the target is the old one and maintenance off; UnsettledError when
   *   that could not be reached, or when the run's locks are gone and another process has to recover the target
   */
  async during<J extends SwapJournal | TransactionJournal>(
    recorder: RunRecorder,
    by: Recoverer,
    steps: WindowSteps<J>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.change(recorder, steps, signal);
    } catch (error) {
      // Recovery, or the next run, may be at work already.
      if (recorder.locks.isLost) throw new UnsettledError('the locks of the run were lost', { cause: error });
      if (error instanceof UnsettledError) throw error;
      const { id, journal } = recorder.run;
      if (journal === null) throw error;
      if (!(signal.reason instanceof CanceledError)) await recorder.noteFailure(restoreFailure(error, signal, true));
      // The server may have committed although its answer never came. The newest entry is the one to go by.
      if ((await this.undo.giveBack(id, journal, by)) === 'old') throw error;
    }
    await this.reopen(() => recorder.step('exit_maintenance', () => this.maintenance.exit(recorder.run.id)));
    await orUnsettled('what is kept could not be noted', () => this.kept.keep(recorder));
  }

  private async change<J extends SwapJournal | TransactionJournal>(
    recorder: RunRecorder,
    steps: WindowSteps<J>,
    signal: AbortSignal,
  ): Promise<void> {
    await steps.beforehand?.();
    // Each step opens its own connection: one that idles while hours of data are loaded may be gone when it is needed.
    const journal = await recorder.step('enter_maintenance', () =>
      withConnection(this.target.maintenanceAddress, async (admin) => {
        const planned = await steps.plan(admin);
        await recorder.journal({ ...planned, session: await sessionOf(admin) });
        // If the locks are gone, another process may have read an older entry, and would leave the target closed.
        await recorder.locks.confirm();
        await this.maintenance.enter(recorder.run.id);
        await steps.close?.(admin);
        return planned;
      }),
    );
    try {
      // The run has held the target's lock alone since before it was queued: no backup runs and none can begin.
      await recorder.step('stop_background_jobs', async () => {
        await this.dryRuns.stop(recorder.locks, signal);
        await this.outwaitScheduler();
        await steps.secure?.();
      });
      await steps.change(journal);
    } finally {
      await steps.release?.();
    }
  }

  /** A replica that runs the plan stops at the next step when maintenance is on. From now on no replica begins to. */
  private async outwaitScheduler(): Promise<void> {
    try {
      const isFree = (): Promise<boolean> => Promise.resolve(true);
      await this.locks.with(lockName.plan, 'exclusive', isFree, AbortSignal.timeout(PAUSE_WITHIN_MS));
    } catch (cause) {
      throw new RestoreError('maintenance_failed', 'The scheduler does not pause.', {}, { cause });
    }
  }

  /** A run whose maintenance could not be ended has not ended. */
  private reopen(exit: () => Promise<void>): Promise<void> {
    return orUnsettled('maintenance could not be turned off', exit);
  }
}
