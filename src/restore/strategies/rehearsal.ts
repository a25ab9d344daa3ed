import { Injectable } from '@nestjs/common';
import { withConnection } from '../../engine/postgres/server/connection';
import type { Compatibility } from '../../engine/postgres/check/preflight';
import { boundExtensions } from '../../engine/postgres/check/bound-extensions';
import { withoutExtensions } from '../../engine/postgres/load/without-extensions';
import { problem } from '../../engine/findings/finding';
import { incompatible } from '../../engine/postgres/server/incompatible';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { TargetService } from '../../kernel/target/target.service';
import type { ScratchJournal } from '../record/journal';
import { InPlaceRehearsal } from './in-place-rehearsal';
import { freeDatabaseName } from '../record/run-names';
import { restoreFailure } from '../record/restore-failure';
import type { RunRecorder } from '../record/run-recorder';
import { StagingLoader } from './staging-loader';
import { Leftovers } from '../leftovers/leftovers';
import { Tidier } from '../leftovers/tidier';
import { Undo } from './undo';

/** Long enough for a large one; it goes on in the background. */
const TIDY_WITHIN_MS = 60_000;

/** Loads a backup into a scratch database, compares it, and drops it: the proof that it can be restored. */
@Injectable()
export class Rehearsal {
  constructor(
    private readonly target: TargetService,
    private readonly loader: StagingLoader,
    private readonly inPlace: InPlaceRehearsal,
    private readonly undo: Undo,
    private readonly leftovers: Leftovers,
    private readonly tidier: Tidier,
  ) {}

  /**
   * @throws whatever keeps the backup from being loaded; the scratch database is gone by then
   */
  async run(
    recorder: RunRecorder,
    reader: BackupReader,
    compatibility: Compatibility,
    signal: AbortSignal,
  ): Promise<void> {
    if (!compatibility.canCreateDatabases) {
      throw incompatible('A rehearsal needs a role that may create databases.', [
        problem('role.cannot_create_databases'),
      ]);
    }
    const { id } = recorder.run;
    await this.refuseBesideAnother();
    const incoming = await withConnection(this.target.maintenanceAddress, (admin) =>
      freeDatabaseName(admin, this.target.address.database, 'rehearsal', id),
    );
    const journal: ScratchJournal = { kind: 'scratch', phase: 'loading', incoming };
    try {
      // Where a restore would be made in place, what could go wrong there goes wrong here.
      const loader = compatibility.strategy === 'in_place' ? this.inPlace : this.loader;
      const bound = boundExtensions(compatibility.notRehearsed);
      const rehearsed = await withoutExtensions(reader, bound, signal);
      await loader.load({ recorder, reader: rehearsed, compatibility, journal, signal });
    } catch (error) {
      if (!signal.aborted) await recorder.noteFailure(restoreFailure(error, signal, false));
      throw error;
    } finally {
      if (recorder.run.journal !== null) await this.undo.giveBack(id, recorder.run.journal);
    }
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
