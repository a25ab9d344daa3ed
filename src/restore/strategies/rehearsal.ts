import { Injectable } from '@nestjs/common';
import { BackupsService } from '../../backups/catalogue/backups.service';
import { type Finding, problem } from '../../engine/findings/finding';
import { present } from '../../engine/optional/present';
import { boundExtensions } from '../../engine/postgres/check/bound-extensions';
import { withoutExtensions } from '../../engine/postgres/load/without-extensions';
import { incompatible } from '../../engine/postgres/server/incompatible';
import { withConnection } from '../../engine/postgres/server/connection';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { MINUTE_MS } from '../../kernel/clock/durations';
import { TargetService } from '../../kernel/target/target.service';
import type { GivenBack } from '../parts/given-back';
import { InPlaceRehearsal } from '../parts/in-place-rehearsal';
import { leftRoles } from '../parts/own-leavings';
import { SchemaMigration } from '../parts/schema-migration';
import { StagingLoader } from '../parts/staging-loader';
import { Undo } from '../parts/undo';
import type { Journal, ScratchJournal } from '../record/journal';
import { freeDatabaseName } from '../record/run-names';
import { restoreFailure } from '../record/restore-failure';
import { KeptRehearsals } from '../leftovers/kept-rehearsals';
import { leftReaders } from '../leftovers/left-readers';
import { Leftovers } from '../leftovers/leftovers';
import { ScratchReaders } from '../leftovers/scratch-readers';
import { Tidier } from '../leftovers/tidier';
import { type LoadOrder, LoadingStrategy } from './restore-strategy';

/** Long enough for a large one; it goes on in the background. */
const TIDY_WITHIN_MS = MINUTE_MS;

/** Loads a backup into a scratch database, compares it, and drops it: the proof that it can be restored. */
@Injectable()
export class Rehearsal extends LoadingStrategy<ScratchJournal> {
  readonly name = 'rehearsal';
  readonly makesDatabase = true;
  readonly loadsDefinitions = true;

  constructor(
    private readonly backups: BackupsService,
    private readonly target: TargetService,
    private readonly loader: StagingLoader,
    private readonly inPlace: InPlaceRehearsal,
    private readonly undo: Undo,
    private readonly leftovers: Leftovers,
    private readonly tidier: Tidier,
    private readonly kept: KeptRehearsals,
    private readonly migration: SchemaMigration,
    private readonly readers: ScratchReaders,
  ) {
    super();
  }

  /** Beside those of the strategy that is rehearsed. */
  findings(): Promise<Finding[]> {
    return Promise.resolve([]);
  }

  /** The scratch database is gone when this ends, whatever keeps the backup from being loaded, unless it is to be kept. */
  async run(order: LoadOrder): Promise<void> {
    const { recorder, signal } = order;
    const { archive, compatibility, tools } = order.backup;
    if (!compatibility.canCreateDatabases) {
      throw incompatible('This backup cannot be rehearsed here', [problem('role.cannot_create_databases')]);
    }
    const { id, keepHours } = recorder.run;
    let isKept = false;
    await this.refuseBesideAnother();
    // Looked for when it is about to be made: what has the name is dropped when the making fails.
    const incoming = await withConnection(this.target.maintenanceAddress, (admin) =>
      freeDatabaseName(admin, this.target.address.database, 'rehearsal', id),
    );
    const journal: ScratchJournal = { kind: 'scratch', phase: 'loading', incoming };
    try {
      // Where a restore would be made in place, what could go wrong there goes wrong here.
      const loader = compatibility.strategy === 'in_place' ? this.inPlace : this.loader;
      const bound = boundExtensions(compatibility.notRehearsed);
      const rehearsed = await withoutExtensions(archive, bound, signal);
      await loader.load({ recorder, archive: rehearsed, compatibility, tools, journal, signal });
      if (keepHours !== null) {
        await this.migration.run(recorder, compatibility.isOlderSchema, incoming, signal);
        if (!recorder.isIncomplete) await this.backups.markVerified(recorder.run.backupId);
        await this.readers.admit(recorder, signal);
        signal.throwIfAborted();
        // Without the locks another process may be dropping it.
        await recorder.locks.confirm();
        await this.kept.keep(recorder, keepHours);
        isKept = true;
      }
    } catch (error) {
      if (!signal.aborted) await recorder.noteFailure(restoreFailure(error, signal, false));
      throw error;
    } finally {
      if (!isKept && recorder.run.journal !== null) await this.undo.giveBack(id, recorder.run.journal, this);
    }
    if (!isKept && !recorder.isIncomplete) await this.backups.markVerified(recorder.run.backupId);
  }

  wrote(journal: Journal): journal is ScratchJournal {
    return journal.kind === 'scratch';
  }

  /** The target was never touched: what is left is the scratch database, and roles. */
  recover(runId: number, journal: ScratchJournal): Promise<GivenBack> {
    const { incoming, incomingOid } = journal;
    const scratch = { kind: 'scratch_database', database: incoming, ...present({ oid: incomingOid }) } as const;
    const left = [...leftReaders(runId, journal), scratch, ...leftRoles(runId, journal)];
    return Promise.resolve({ state: 'old', left });
  }

  /** Scratch databases that cannot be dropped are whole copies: there is never more than one. */
  private async refuseBesideAnother(): Promise<void> {
    for (const { runId } of await this.leftovers.scratchDatabases()) await this.tidier.tryNow(runId, TIDY_WITHIN_MS);
    const [left] = await this.leftovers.scratchDatabases();
    if (left === undefined) return;
    throw new RestoreError(
      'leftovers',
      `The scratch database of rehearsal ${left.runId} could not be dropped yet${left.reason === null ? '' : ` (${left.reason})`}.`,
      { leftover: left.name },
    );
  }
}
