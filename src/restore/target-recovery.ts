import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { exchangeDirectories, undoExchange } from '../engine/files/exchange-directories';
import { removeTree } from '../engine/files/remove-tree';
import { withConnection } from '../engine/postgres/connection';
import { liftFence } from '../engine/postgres/fence';
import { dropRoles } from '../engine/postgres/placeholder-roles';
import { databaseOids, dropDatabase } from '../engine/postgres/staging';
import { isCommitted } from '../engine/postgres/transaction-status';
import { TargetService } from '../kernel/target/target.service';
import { type Journal, type ScratchJournal, type SwapJournal, type TransactionJournal, roleOwner } from './journal';
import { UnsettledError } from './unsettled-error';

/** Which content the target has, whole in either case. */
export type TargetState = 'old' | 'new';

/**
 * Brings the target into a whole state after a run that ended anywhere: by an error, or with its process.
 *
 * | journal | what is found | recovery |
 * | --- | --- | --- |
 * | swap | the old target has another name than the kept copy's | files put back, staging dropped (an incoming kept copy is not), roles dropped, target opened: old |
 * | swap | the old target has the kept copy's name | files exchanged, target opened: new |
 * | transaction | committed | target opened: new |
 * | transaction | not committed | target opened: old |
 * | scratch | whatever | scratch database and roles dropped: old |
 */
@Injectable()
export class TargetRecovery {
  constructor(private readonly target: TargetService) {}

  /**
   * Finishes or undoes what a run began. May be repeated, also after being cut short itself.
   *
   * @throws UnsettledError when the server cannot be reached or refuses; then it is to be tried again
   */
  async settle(runId: number, journal: Journal): Promise<TargetState> {
    try {
      return await withConnection(this.target.maintenanceAddress, async (admin) => {
        switch (journal.kind) {
          case 'swap':
            return settleSwap(admin, runId, journal);
          case 'transaction':
            return settleTransaction(admin, journal);
          case 'scratch':
            return dropScratch(admin, runId, journal);
        }
      });
    } catch (cause) {
      throw new UnsettledError('the target could not be brought into a whole state', { cause });
    }
  }

  /**
   * Removes what a finished restore kept of the old state. Another database under the name of the kept copy stays.
   *
   * @throws UnsettledError when there is no target: then the kept copy is the only one
   */
  async dropKept({ target, targetOid, kept, files }: SwapJournal): Promise<void> {
    await withConnection(this.target.maintenanceAddress, async (admin) => {
      if (!(await databaseOids(admin, [target])).has(target)) {
        throw new UnsettledError('the target database does not exist');
      }
      await dropDatabase(admin, kept, targetOid);
    });
    if (files !== undefined) await removeTree(files.kept);
  }

  /** Whether the old state is still there. */
  async hasKept({ kept, targetOid }: SwapJournal): Promise<boolean> {
    return withConnection(
      this.target.maintenanceAddress,
      async (admin) => (await databaseOids(admin, [kept])).get(kept) === targetOid,
    );
  }
}

async function settleSwap(admin: pg.Client, runId: number, journal: SwapJournal): Promise<TargetState> {
  const { phase, target, incoming, incomingOid, isIncomingKept, files, roles = [] } = journal;
  const isSwapBegun = phase === 'swapping' || phase === 'swapped';
  if (!(await isExchanged(admin, journal))) {
    if (!isIncomingKept && phase !== 'fencing') await dropDatabase(admin, incoming, incomingOid);
    // A server process of a run that is dead by now may have been about to commit: only now it cannot any more.
    if (!(await isExchanged(admin, journal))) {
      if (files !== undefined) {
        if (isSwapBegun) await undoExchange(files, { keepIncoming: isIncomingKept });
        else if (!isIncomingKept) await removeTree(files.incoming);
      }
      await dropRoles(admin, roles, roleOwner(runId));
      await liftFence(admin, target);
      return 'old';
    }
  }
  if (files !== undefined) await exchangeDirectories(files);
  await liftFence(admin, target);
  return 'new';
}

async function isExchanged(admin: pg.Client, { target, targetOid, kept }: SwapJournal): Promise<boolean> {
  const oids = await databaseOids(admin, [target, kept]);
  if (!oids.has(target)) throw new Error('the target database does not exist');
  return oids.get(kept) === targetOid;
}

async function settleTransaction(admin: pg.Client, journal: TransactionJournal): Promise<TargetState> {
  const { target, isFenced, transactionId } = journal;
  if (!(await databaseOids(admin, [target])).has(target)) throw new Error('the target database does not exist');
  const isNew = transactionId !== undefined && (await isCommitted(admin, transactionId));
  if (isFenced) await liftFence(admin, target);
  return isNew ? 'new' : 'old';
}

async function dropScratch(
  admin: pg.Client,
  runId: number,
  { incoming, incomingOid, roles = [] }: ScratchJournal,
): Promise<TargetState> {
  await dropDatabase(admin, incoming, incomingOid);
  await dropRoles(admin, roles, roleOwner(runId));
  return 'old';
}
