import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { withConnection } from '../engine/postgres/connection';
import { RestoreError } from '../engine/postgres/restore-error';
import { lockName } from '../kernel/operations/lock-session';
import { LockService } from '../kernel/operations/lock.service';
import { TargetService } from '../kernel/target/target.service';
import { MaintenanceService } from '../maintenance/maintenance.service';
import type { Journal } from './journal';
import type { RunRecorder } from './run-recorder';
import { orUnsettled, TargetRecovery } from './target-recovery';

/** A sweep ends after the file that it is removing; large ones take a while. */
const PAUSE_WITHIN_MS = 5 * 60_000;

/** What a run does before it changes the target. */
export interface WindowSteps {
  /** Closes the target to everybody else. */
  close?: (admin: pg.Client) => Promise<void>;
  /** Backs up what is about to be replaced. */
  secure?: () => Promise<void>;
}

/** The time during which a run changes the target: maintenance on before, the target whole and maintenance off after it. */
@Injectable()
export class RestoreWindow {
  constructor(
    private readonly target: TargetService,
    private readonly maintenance: MaintenanceService,
    private readonly recovery: TargetRecovery,
    private readonly locks: LockService,
  ) {}

  /**
   * Does `change` under maintenance.
   *
   * @param journal what is about to be done, as far as it is known
   * @param before what belongs to the two first steps
   * @param change throws when it failed; whether the target has changed by then is found out from the server
   * @throws whatever `change` threw, once the target is the old one and maintenance off; UnsettledError when that could
   *   not be reached
   */
  async during(
    recorder: RunRecorder,
    journal: Journal,
    before: WindowSteps,
    change: (admin: pg.Client) => Promise<void>,
  ): Promise<void> {
    try {
      await withConnection(this.target.maintenanceAddress, async (admin) => {
        await recorder.step('enter_maintenance', async () => {
          await recorder.journal(journal);
          await this.maintenance.enter(recorder.run.id);
          await before.close?.(admin);
        });
        // The run has held the target's lock alone since before it was queued: no backup runs and none can begin.
        await recorder.step('stop_background_jobs', async () => {
          await this.outwaitScheduler();
          await before.secure?.();
        });
        await change(admin);
      });
    } catch (error) {
      // The server may have committed although its answer never came. The newest entry is the one to go by.
      if ((await this.recovery.settle(recorder.run.journal ?? journal)) === 'old') {
        await this.reopen(() => this.maintenance.exit(recorder.run.id));
        throw error;
      }
    }
    await this.reopen(() => recorder.step('exit_maintenance', () => this.maintenance.exit(recorder.run.id)));
  }

  /** Whoever follows the plan stops at the next step when maintenance is on; and from now on nobody begins to. */
  private async outwaitScheduler(): Promise<void> {
    const session = await this.locks.open();
    try {
      await session.lock(lockName.plan, 'exclusive', AbortSignal.timeout(PAUSE_WITHIN_MS));
    } catch (cause) {
      throw new RestoreError('maintenance_failed', 'The scheduler does not pause.', {}, { cause });
    } finally {
      await session.close();
    }
  }

  /** A run whose maintenance could not be ended has not ended. */
  private reopen(exit: () => Promise<void>): Promise<void> {
    return orUnsettled('maintenance could not be turned off', exit);
  }
}
