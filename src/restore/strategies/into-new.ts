import { Injectable } from '@nestjs/common';
import { type Finding, problem } from '../../engine/findings/finding';
import { present } from '../../engine/optional/present';
import { boundExtensionProblems } from '../../engine/postgres/check/bound-extensions';
import type { Question } from '../../engine/postgres/check/preflight';
import { settingProblems, tablespaceProblems } from '../../engine/postgres/check/restore-rights';
import { databaseExists, nameDatabase } from '../../engine/postgres/database/name-database';
import { databaseOids } from '../../engine/postgres/database/staging';
import { withConnection } from '../../engine/postgres/server/connection';
import { endSession, sessionOf } from '../../engine/postgres/server/server-session';
import { CanceledError } from '../../kernel/operations/cancel';
import { TargetService } from '../../kernel/target/target.service';
import type { GivenBack } from '../parts/given-back';
import { leftRoles } from '../parts/own-leavings';
import { StagingLoader } from '../parts/staging-loader';
import { Undo } from '../parts/undo';
import type { IntoJournal, Journal } from '../record/journal';
import { restoreFailure } from '../record/restore-failure';
import { freeDatabaseName } from '../record/run-names';
import { orUnsettled, UnsettledError } from '../record/unsettled-error';
import { type LoadOrder, LoadingStrategy } from './restore-strategy';

/** Loads a backup into a new database beside the target, which stays what it is, and open. */
@Injectable()
export class IntoNew extends LoadingStrategy<IntoJournal> {
  readonly name = 'into';
  readonly makesDatabase = true;
  readonly loadsDefinitions = true;

  constructor(
    private readonly target: TargetService,
    private readonly loader: StagingLoader,
    private readonly undo: Undo,
  ) {
    super();
  }

  async findings({ admin, server, facts, properties, targetName, extensions }: Question): Promise<Finding[]> {
    return [
      ...(server.can_create ? [] : [problem('role.cannot_create_databases')]),
      // The new database belongs to the owner of the target.
      ...(server.owns_target || server.is_superuser ? [] : [problem('role.does_not_own_target')]),
      ...(await boundExtensionProblems(admin, extensions, { target: targetName, isOther: true })),
      ...(await tablespaceProblems(admin, facts, properties)),
      ...(await settingProblems(admin, targetName, properties)),
    ];
  }

  async run(order: LoadOrder): Promise<void> {
    const { recorder, signal } = order;
    try {
      await this.make(order);
    } catch (error) {
      if (recorder.locks.isLost) throw new UnsettledError('the locks of the run were lost', { cause: error });
      const { id, journal } = recorder.run;
      if (journal === null || error instanceof UnsettledError) throw error;
      if (!(signal.reason instanceof CanceledError)) await recorder.noteFailure(restoreFailure(error, signal, true));
      // The server may have committed although its answer never came.
      if ((await this.undo.giveBack(id, journal, this)) === 'old') throw error;
    }
  }

  wrote(journal: Journal): journal is IntoJournal {
    return journal.kind === 'into';
  }

  /** The target was never touched. The new database has its name, or is dropped. */
  async recover(runId: number, journal: IntoJournal): Promise<GivenBack> {
    const { session, phase, incoming, incomingOid, database } = journal;
    return orUnsettled('it could not be found out whether the new database has its name', () =>
      withConnection(this.target.maintenanceAddress, async (admin) => {
        // A session that is about to give the name would do so after we had looked.
        if (session !== undefined) await endSession(admin, session);
        const oids = await databaseOids(admin, [database]);
        const isNamed = phase === 'naming' && incomingOid !== undefined && oids.get(database) === incomingOid;
        if (isNamed) return { state: 'new', left: leftRoles(runId, journal) };
        const staging = { kind: 'staging_database', database: incoming, ...present({ oid: incomingOid }) } as const;
        return { state: 'old', left: [staging, ...leftRoles(runId, journal)] };
      }),
    );
  }

  private async make(order: LoadOrder): Promise<void> {
    const { recorder, signal, backup } = order;
    const { id, into } = recorder.run;
    if (into === null) throw new Error('this run makes no new database');
    const { maintenanceAddress } = this.target;
    const planned = await withConnection(maintenanceAddress, async (admin): Promise<IntoJournal> => ({
      kind: 'into',
      phase: 'loading',
      incoming: await freeDatabaseName(admin, this.target.address.database, 'restore', id),
      database: into,
    }));
    // Hours may have passed since the request was accepted, and loading takes hours more.
    const makeWay = (): Promise<void> =>
      withConnection(maintenanceAddress, async (admin) => {
        if ((await databaseOids(admin, [into])).has(into)) throw databaseExists(into);
      });
    const journal = await this.loader.load({ ...backup, recorder, journal: planned, makeWay, signal });
    await recorder.skip('run_migrations_if_needed', 'a new database has the schema of the backup');
    await recorder.step('name_database', async (details) => {
      await withConnection(maintenanceAddress, async (admin) => {
        await recorder.journal({ ...journal, phase: 'naming', session: await sessionOf(admin) });
        await recorder.locks.confirm();
        const names = { target: this.target.address.database, incoming: journal.incoming, database: into };
        await nameDatabase(admin, names, maintenanceAddress, signal);
      });
      details['database'] = into;
      // Only a swap restores files: what is left out is named.
      if (backup.archive.reader.index.includes_files) details['left_out_files'] = true;
    });
  }
}
