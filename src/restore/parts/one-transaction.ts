import { Injectable } from '@nestjs/common';
import { withConnection } from '../../engine/postgres/server/connection';
import { openDatabase } from '../../engine/postgres/database/open-database';
import { endSession } from '../../engine/postgres/server/server-session';
import { databaseOids } from '../../engine/postgres/database/staging';
import { isCommitted } from '../../engine/postgres/database/transaction-status';
import { TargetService } from '../../kernel/target/target.service';
import type { TransactionJournal } from '../record/journal';
import { orUnsettled } from '../record/unsettled-error';
import type { GivenBack, Recoverer } from './given-back';
import { RestoreWindow } from './restore-window';
import { SafetyBackup } from './safety-backup';
import { type LoadedInPlace, TransactionRun, type TransactionWork } from './transaction-run';

/** Changes the target where it is, in one transaction. Other sessions see nothing of it before the commit. */
@Injectable()
export class OneTransaction {
  constructor(
    private readonly target: TargetService,
    private readonly window: RestoreWindow,
    private readonly safety: SafetyBackup,
  ) {}

  /** @param by gives the target back when the transaction fails */
  async during(by: Recoverer, loaded: LoadedInPlace, work: TransactionWork): Promise<void> {
    const run = new TransactionRun(this.target, this.safety, loaded, work);
    await this.window.during<TransactionJournal>(loaded.recorder, by, run, loaded.signal);
  }

  /**
   * Gives the target back: it is new when the transaction was committed, and else old. Nothing is left.
   *
   * @throws UnsettledError when the server cannot be reached or refuses
   */
  async recover({ session, target, isFenced, transactionId }: TransactionJournal): Promise<GivenBack> {
    const { maintenanceAddress } = this.target;
    return orUnsettled('the target could not be given back', () =>
      withConnection(maintenanceAddress, async (admin) => {
        // A session that is about to close the target would do so after we had looked.
        if (session !== undefined) await endSession(admin, session);
        if (!(await databaseOids(admin, [target])).has(target)) throw new Error('the target database does not exist');
        const isNew = transactionId !== undefined && (await isCommitted(admin, transactionId));
        if (isFenced) await openDatabase(maintenanceAddress, admin, target);
        return { state: isNew ? 'new' : 'old', left: [] };
      }),
    );
  }
}
