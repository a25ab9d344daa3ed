import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type pg from 'pg';
import {
  type DirectoryNames,
  exchangeDirectories,
  isThere,
  undoExchange,
} from '../../engine/files/exchange-directories';
import { present } from '../../engine/optional/present';
import { withConnection } from '../../engine/postgres/server/connection';
import { raiseFence } from '../../engine/postgres/database/fence';
import { openDatabase } from '../../engine/postgres/database/open-database';
import { endOwnSessions, endSession, sessionOf } from '../../engine/postgres/server/server-session';
import { databaseOids } from '../../engine/postgres/database/staging';
import { swapDatabases } from '../../engine/postgres/database/swap';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import type { LeftoverItem } from '../leftovers/leftover';
import { areOwnDirectories } from '../leftovers/own-leftovers';
import { leavesTargetAlone, type SwapJournal } from '../record/journal';
import { orUnsettled } from '../record/unsettled-error';
import { writtenMeanwhile } from '../record/written-meanwhile';
import type { RunRecorder } from '../record/run-recorder';
import type { GivenBack, Recoverer, TargetState } from './given-back';
import { leftRoles } from './own-leavings';
import { RestoreWindow } from './restore-window';

/** What comes in the target's place. */
export interface Incoming {
  readonly recorder: RunRecorder;
  /** What is done while the target is still open. */
  beforehand?(): Promise<void>;
  /** What is about to be done; nothing of it is there yet. */
  plan(admin: pg.Client): Promise<SwapJournal>;
  /**
   * Makes the database that comes in.
   *
   * @returns the journal's newest entry
   */
  prepare(journal: SwapJournal): Promise<SwapJournal>;
  readonly signal: AbortSignal;
}

/** Renaming directories takes no time; a file system that hangs must not keep the database closed. */
const FILES_WITHIN_MS = 3_000;

/** Exchanges the target with another database, and gives it back when that was cut short. */
@Injectable()
export class Exchange {
  private readonly logger = new Logger(Exchange.name);

  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly window: RestoreWindow,
  ) {}

  /** @param by gives the target back when the exchange fails */
  async during(by: Recoverer, incoming: Incoming): Promise<void> {
    const { recorder, signal } = incoming;
    await this.window.during<SwapJournal>(
      recorder,
      by,
      {
        beforehand: () => incoming.beforehand?.() ?? Promise.resolve(),
        plan: (admin) => incoming.plan(admin),
        close: (admin) => raiseFence(admin, this.target.address.database, signal),
        change: async (journal) => this.exchange(recorder, await incoming.prepare(journal), signal),
      },
      signal,
    );
  }

  /**
   * Gives the target back. It needs to know which database is which, and nothing more: no other session is waited for but the
   * run's own, nothing is dropped.
   *
   * | what is found | target, once it is open | left |
   * | --- | --- | --- |
   * | the target was not touched yet | old, as it is | as below |
   * | the old target has another name than the kept copy's | old; files put back | the loaded database (an incoming kept copy is none), its files, roles |
   * | the old target has the kept copy's name | new; files exchanged | roles |
   *
   * @throws UnsettledError when the server cannot be reached or refuses
   */
  async recover(runId: number, journal: SwapJournal): Promise<GivenBack> {
    return orUnsettled('the target could not be given back', () =>
      withConnection(this.target.maintenanceAddress, async (admin) => {
        await endAtWork(admin, journal);
        return this.giveBack(admin, runId, journal);
      }),
    );
  }

  private async exchange(recorder: RunRecorder, journal: SwapJournal, signal: AbortSignal): Promise<void> {
    await recorder.step('swap_database', async (details) => {
      // The application may have made its directory while the backup was loaded.
      const files = journal.files && { ...journal.files, isLiveThere: await isThere(journal.files.live) };
      const begun = { ...journal, ...present({ files }) };
      await withConnection(this.target.maintenanceAddress, async (admin) => {
        await recorder.journal({ ...begun, phase: 'swapping', session: await sessionOf(admin) });
        await recorder.locks.confirm();
        if (files !== undefined) await exchangeDirectories(files);
        await swapDatabases(admin, journal, this.target.maintenanceAddress, signal);
      });
      await recorder.journal({ ...begun, phase: 'swapped' });
      Object.assign(details, present({ written_meanwhile: writtenMeanwhile(recorder.run) }));
    });
  }

  private async giveBack(admin: pg.Client, runId: number, journal: SwapJournal): Promise<GivenBack> {
    const { target, files } = journal;
    const isUntouched = leavesTargetAlone(journal);
    const state = !isUntouched && (await isExchanged(admin, journal)) ? 'new' : 'old';
    const isBegun = journal.phase === 'swapping' || journal.phase === 'swapped';
    // Directories are exchanged before the databases are.
    const areFilesDone = files === undefined || !isBegun || (await this.areFiles(state, files));
    const incomingOid = journal.incomingOid ?? (await databaseOids(admin, [journal.incoming])).get(journal.incoming);
    if (!isUntouched) await openDatabase(this.target.maintenanceAddress, admin, target);
    const left = [
      ...(files === undefined || areFilesDone ? [] : [{ kind: 'files', names: files, state } as const]),
      ...(state === 'new'
        ? leftRoles(runId, journal)
        : leftOfOld(runId, { ...journal, ...present({ incomingOid }) }, areFilesDone)),
    ];
    if (state === 'old' && journal.isRehearsed === true) await this.reopenRehearsed(admin, journal);
    return { state, left };
  }

  /** The exchange closes it. The target comes first: what keeps this from being opened is no reason to try all of it again. */
  private async reopenRehearsed(admin: pg.Client, { incoming, incomingOid }: SwapJournal): Promise<void> {
    try {
      if ((await databaseOids(admin, [incoming])).get(incoming) !== incomingOid) return;
      await openDatabase(this.target.maintenanceAddress, admin, incoming);
    } catch (error) {
      this.logger.warn({ err: error }, 'the database of a rehearsal could not be opened again');
    }
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
async function endAtWork(admin: pg.Client, { session, phase }: SwapJournal): Promise<void> {
  if (session !== undefined) return endSession(admin, session);
  // Written by a version that did not yet say which one it was.
  if (phase === 'swapping') await endOwnSessions(admin);
}

async function isExchanged(admin: pg.Client, { target, targetOid, kept }: SwapJournal): Promise<boolean> {
  const oids = await databaseOids(admin, [target, kept]);
  if (!oids.has(target)) throw new Error('the target database does not exist');
  return oids.get(kept) === targetOid;
}

function leftOfOld(runId: number, journal: SwapJournal, areFilesDone: boolean): LeftoverItem[] {
  const { phase, incoming, incomingOid, isIncomingKept, isRehearsed, isOnline, files } = journal;
  // Of a rehearsed one, another attempt may be made.
  if (isIncomingKept || isRehearsed === true) return leftRoles(runId, journal);
  return [
    // Loaded while the target was open, it is there already when the target is closed.
    ...(phase === 'fencing' && isOnline !== true
      ? []
      : [{ kind: 'staging_database', database: incoming, ...present({ oid: incomingOid }) } as const]),
    ...(files === undefined || !areFilesDone ? [] : [{ kind: 'directory', path: files.incoming } as const]),
    ...leftRoles(runId, journal),
  ];
}
