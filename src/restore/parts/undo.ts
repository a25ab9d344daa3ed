import { Injectable } from '@nestjs/common';
import { MaintenanceService } from '../../maintenance/maintenance.service';
import type { Journal } from '../record/journal';
import { Leftovers } from '../leftovers/leftovers';
import type { Recoverer, TargetState } from './given-back';
import { Tidier } from '../leftovers/tidier';
import { orUnsettled } from '../record/unsettled-error';

/**
 * The order in which every run that did not come to its own end is undone or finished, by itself or by recovery: give back
 * the target, end maintenance, write down what is left; the caller ends the run; what is left is removed whenever it can be.
 */
@Injectable()
export class Undo {
  constructor(
    private readonly maintenance: MaintenanceService,
    private readonly leftovers: Leftovers,
    private readonly tidier: Tidier,
  ) {}

  /**
   * @param by the strategy that wrote the journal
   * @returns what the target is now: open, and maintenance off
   * @throws UnsettledError when the target's server or the control database cannot be reached or refuses
   */
  async giveBack(runId: number, journal: Journal, by: Recoverer): Promise<TargetState> {
    const { state, left } = await by.recover(runId, journal);
    await orUnsettled('maintenance could not be turned off', () => this.maintenance.exit(runId));
    await orUnsettled('what is left could not be written down', () => this.leftovers.add(runId, left));
    if (left.length > 0) await this.tidier.tryNow(runId);
    return state;
  }
}
