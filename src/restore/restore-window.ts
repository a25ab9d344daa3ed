import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { withConnection } from '../engine/postgres/connection';
import { TargetService } from '../kernel/target/target.service';
import { MaintenanceService } from '../maintenance/maintenance.service';
import type { Journal } from './journal';
import type { RunRecorder } from './run-recorder';
import { orUnsettled, TargetRecovery } from './target-recovery';

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
        await recorder.step('stop_background_jobs', async () => before.secure?.());
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

  /** A run whose maintenance could not be ended has not ended. */
  private reopen(exit: () => Promise<void>): Promise<void> {
    return orUnsettled('maintenance could not be turned off', exit);
  }
}
