import { Injectable, Logger } from '@nestjs/common';
import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { type DirectoryNames, exchangeDirectories, undoExchange } from '../../engine/files/exchange-directories';
import { withConnection } from '../../engine/postgres/server/connection';
import { openDatabase } from '../../engine/postgres/database/open-database';
import { endOwnSessions, endSession } from '../../engine/postgres/server/server-session';
import { databaseOids } from '../../engine/postgres/database/staging';
import { isCommitted } from '../../engine/postgres/database/transaction-status';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import {
  type Journal,
  type ScratchJournal,
  type SwapJournal,
  type TransactionJournal,
  roleOwner,
} from '../record/journal';
import type { LeftoverItem } from '../leftovers/leftover';
import { areOwnDirectories } from '../leftovers/own-leftovers';
import { UnsettledError } from '../record/unsettled-error';

/** Which content the target has, whole in either case. */
export type TargetState = 'old' | 'new';

/** A target that is open again, and what the run has left. */
export interface GivenBack {
  readonly state: TargetState;
  readonly left: readonly LeftoverItem[];
}

/** Renaming directories takes no time; a file system that hangs must not keep the database closed. */
const FILES_WITHIN_MS = 3_000;

/**
 * Gives the target back after a run that ended anywhere: by an error, or with its process. It needs to know which database
 * is which, and nothing more: no other session is waited for but the run's own, nothing is dropped.
 *
 * | journal | what is found | target, once it is open | left |
 * | --- | --- | --- | --- |
 * | swap | the old target has another name than the kept copy's | old; files put back | the loaded database (an incoming kept copy is none), its files, roles |
 * | swap | the old target has the kept copy's name | new; files exchanged | roles |
 * | transaction | committed | new | |
 * | transaction | not committed | old | |
 * | scratch | whatever | old | the scratch database, roles |
 */
@Injectable()
export class TargetRecovery {
  private readonly logger = new Logger(TargetRecovery.name);

  constructor(
    private readonly target: TargetService,
    private readonly config: AppConfig,
  ) {}

  /**
   * Opens the target. May be repeated, also after being cut short itself.
   *
   * @throws UnsettledError when the server cannot be reached or refuses; then it is to be tried again
   */
  async giveBack(runId: number, journal: Journal): Promise<GivenBack> {
    if (journal.kind === 'scratch') return { state: 'old', left: leftOfScratch(runId, journal) };
    try {
      return await withConnection(this.target.maintenanceAddress, async (admin) => {
        await endAtWork(admin, journal);
        return journal.kind === 'swap'
          ? this.giveBackSwapped(admin, runId, journal)
          : this.giveBackWritten(admin, journal);
      });
    } catch (cause) {
      throw new UnsettledError('the target could not be given back', { cause });
    }
  }

  /** Whether the old state is still there. */
  async hasKept({ kept, targetOid }: SwapJournal): Promise<boolean> {
    return withConnection(
      this.target.maintenanceAddress,
      async (admin) => (await databaseOids(admin, [kept])).get(kept) === targetOid,
    );
  }

  private async giveBackSwapped(admin: pg.Client, runId: number, journal: SwapJournal): Promise<GivenBack> {
    const { target, files } = journal;
    const state = (await isExchanged(admin, journal)) ? 'new' : 'old';
    const isBegun = journal.phase === 'swapping' || journal.phase === 'swapped';
    // Directories are exchanged before the databases are.
    const areFilesDone = files === undefined || !isBegun || (await this.areFiles(state, files));
    const incomingOid = journal.incomingOid ?? (await databaseOids(admin, [journal.incoming])).get(journal.incoming);
    await this.open(admin, target);
    const left = [
      ...(files === undefined || areFilesDone ? [] : [{ kind: 'files', names: files, state } as const]),
      ...(state === 'new'
        ? leftRoles(runId, journal)
        : leftOfOld(runId, { ...journal, ...(incomingOid === undefined ? {} : { incomingOid }) }, areFilesDone)),
    ];
    return { state, left };
  }

  private async giveBackWritten(admin: pg.Client, journal: TransactionJournal): Promise<GivenBack> {
    const { target, isFenced, transactionId } = journal;
    if (!(await databaseOids(admin, [target])).has(target)) throw new Error('the target database does not exist');
    const isNew = transactionId !== undefined && (await isCommitted(admin, transactionId));
    if (isFenced) await this.open(admin, target);
    return { state: isNew ? 'new' : 'old', left: [] };
  }

  private open(admin: pg.Client, target: string): Promise<void> {
    return openDatabase(this.target.maintenanceAddress, admin, target);
  }

  private async areFiles(state: TargetState, files: DirectoryNames): Promise<boolean> {
    if (!(await areOwnDirectories(files, this.config))) {
      this.logger.error('a restore run names directories that it cannot have made; they stay as they are');
      return false;
    }
    const move = state === 'new' ? exchangeDirectories(files) : undoExchange(files, { keepIncoming: true });
    const done = move.then(
      () => true,
      (error: unknown) => {
        this.logger.error({ err: error }, 'the directories of the application files could not be exchanged');
        return false;
      },
    );
    return Promise.race([done, delay(FILES_WITHIN_MS, false, { ref: false })]);
  }
}

/** A session that is about to close or to exchange the target would do so after we had looked. */
async function endAtWork(admin: pg.Client, journal: SwapJournal | TransactionJournal): Promise<void> {
  if (journal.session !== undefined) return endSession(admin, journal.session);
  // Written by a version that did not yet say which one it was.
  if (journal.kind === 'swap' && journal.phase === 'swapping') await endOwnSessions(admin);
}

async function isExchanged(admin: pg.Client, { target, targetOid, kept }: SwapJournal): Promise<boolean> {
  const oids = await databaseOids(admin, [target, kept]);
  if (!oids.has(target)) throw new Error('the target database does not exist');
  return oids.get(kept) === targetOid;
}

function leftOfOld(runId: number, journal: SwapJournal, areFilesDone: boolean): LeftoverItem[] {
  const { phase, incoming, incomingOid, isIncomingKept, files } = journal;
  if (isIncomingKept) return leftRoles(runId, journal);
  return [
    ...(phase === 'fencing' ? [] : [{ kind: 'staging_database', database: incoming, ...oidOf(incomingOid) } as const]),
    ...(files === undefined || !areFilesDone ? [] : [{ kind: 'directory', path: files.incoming } as const]),
    ...leftRoles(runId, journal),
  ];
}

function leftOfScratch(runId: number, journal: ScratchJournal): LeftoverItem[] {
  const { incoming, incomingOid } = journal;
  return [{ kind: 'scratch_database', database: incoming, ...oidOf(incomingOid) }, ...leftRoles(runId, journal)];
}

function leftRoles(runId: number, { roles = [] }: SwapJournal | ScratchJournal): LeftoverItem[] {
  return roles.length === 0 ? [] : [{ kind: 'roles', roles, owner: roleOwner(runId) }];
}

function oidOf(oid: string | undefined): { oid?: string } {
  return oid === undefined ? {} : { oid };
}
