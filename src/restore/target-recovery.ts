import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { exchangeDirectories, undoExchange } from '../engine/files/exchange-directories';
import { withConnection } from '../engine/postgres/connection';
import { liftFence } from '../engine/postgres/fence';
import { dropRoles } from '../engine/postgres/placeholder-roles';
import { dropDatabase, existingDatabases } from '../engine/postgres/staging';
import { isCommitted } from '../engine/postgres/transaction-status';
import { TargetService } from '../kernel/target/target.service';
import type { Journal, ScratchJournal, SwapJournal, TransactionJournal } from './journal';

/** Which content the target has, whole in either case. */
export type TargetState = 'old' | 'new';

/** The target could not be brought into, or seen in, a whole state: maintenance stays on until it is. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError';
}

/** Does what must not make a failure of a run any more: when it fails, the run has not ended and is left to recovery. */
export async function orUnsettled<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new UnsettledError(what, { cause });
  }
}

/**
 * Brings the target into a whole state after a run that ended anywhere: by an error, or with its process.
 *
 * | journal | what is found | recovery |
 * | --- | --- | --- |
 * | swap | no kept copy | files put back, staging dropped (an incoming kept copy is not), roles dropped, target opened: old |
 * | swap | a kept copy | files exchanged, target opened: new |
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
  async settle(journal: Journal): Promise<TargetState> {
    try {
      return await withConnection(this.target.maintenanceAddress, async (admin) => {
        switch (journal.kind) {
          case 'swap':
            return settleSwap(admin, journal);
          case 'transaction':
            return settleTransaction(admin, journal);
          case 'scratch':
            return dropScratch(admin, journal);
        }
      });
    } catch (cause) {
      throw new UnsettledError('the target could not be brought into a whole state', { cause });
    }
  }

  /**
   * Removes what a finished restore kept of the old state.
   *
   * @throws UnsettledError when there is no target: then the kept copy is the only one
   */
  async dropKept({ target, kept, files }: SwapJournal): Promise<void> {
    await withConnection(this.target.maintenanceAddress, async (admin) => {
      const existing = await existingDatabases(admin, [target]);
      if (!existing.has(target)) throw new UnsettledError('the target database does not exist');
      await dropDatabase(admin, kept);
    });
    if (files !== undefined) await rm(files.kept, { recursive: true, force: true });
  }

  /** Whether the old state is still there. */
  async hasKept({ kept }: SwapJournal): Promise<boolean> {
    return withConnection(this.target.maintenanceAddress, async (admin) =>
      (await existingDatabases(admin, [kept])).has(kept),
    );
  }
}

async function settleSwap(admin: pg.Client, journal: SwapJournal): Promise<TargetState> {
  const { target, incoming, isIncomingKept, kept, files, roles = [] } = journal;
  const existing = await existingDatabases(admin, [target, kept]);
  if (!existing.has(target)) throw new Error('the target database does not exist');
  const state: TargetState = existing.has(kept) ? 'new' : 'old';
  if (files !== undefined)
    await (state === 'new' ? exchangeDirectories(files) : undoExchange(files, { keepIncoming: isIncomingKept }));
  if (state === 'old' && !isIncomingKept) {
    await dropDatabase(admin, incoming);
    await dropRoles(admin, roles);
  }
  await liftFence(admin, target);
  return state;
}

async function settleTransaction(admin: pg.Client, journal: TransactionJournal): Promise<TargetState> {
  const { target, isFenced, transactionId } = journal;
  const existing = await existingDatabases(admin, [target]);
  if (!existing.has(target)) throw new Error('the target database does not exist');
  const isNew = transactionId !== undefined && (await isCommitted(admin, transactionId));
  if (isFenced) await liftFence(admin, target);
  return isNew ? 'new' : 'old';
}

async function dropScratch(admin: pg.Client, { incoming, roles = [] }: ScratchJournal): Promise<TargetState> {
  await dropDatabase(admin, incoming);
  await dropRoles(admin, roles);
  return 'old';
}
