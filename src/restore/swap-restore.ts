import { Injectable } from '@nestjs/common';
import { exchangeDirectories } from '../engine/files/exchange-directories';
import { withDatabase } from '../engine/postgres/connection';
import { raiseFence } from '../engine/postgres/fence';
import type { Compatibility } from '../engine/postgres/preflight';
import { runMigrations } from '../engine/postgres/run-migrations';
import { swapDatabases } from '../engine/postgres/swap';
import type { BackupReader } from '../engine/backup-reader';
import { AppConfig } from '../kernel/config/config';
import { TargetService } from '../kernel/target/target.service';
import { databaseName, fileNames, type SwapJournal } from './journal';
import { KeptCopies } from './kept-copies';
import { orUnsettled } from './target-recovery';
import { RestoreWindow } from './restore-window';
import type { RunRecorder } from './run-recorder';
import { StagingLoader } from './staging-loader';

/** Replaces the target by another database: a newly loaded one, or for a rollback the kept copy of an earlier restore. */
@Injectable()
export class SwapRestore {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly window: RestoreWindow,
    private readonly loader: StagingLoader,
    private readonly kept: KeptCopies,
  ) {}

  /** Loads a backup, checks it, and exchanges it with the target. */
  async restore(
    recorder: RunRecorder,
    reader: BackupReader,
    compatibility: Compatibility,
    signal: AbortSignal,
  ): Promise<void> {
    const { id } = recorder.run;
    const target = this.target.address.database;
    const filesPath = reader.index.includes_files ? this.config.filesPath : undefined;
    const journal: SwapJournal = {
      kind: 'swap',
      phase: 'fencing',
      target,
      incoming: databaseName(target, 'restore', id),
      isIncomingKept: false,
      kept: databaseName(target, 'before', id),
      ...(filesPath === undefined ? {} : { files: fileNames(filesPath, id) }),
    };
    await this.window.during(
      recorder,
      journal,
      { close: (admin) => raiseFence(admin, target, signal) },
      async (admin) => {
        await this.loader.load(admin, { recorder, reader, compatibility, journal, signal });
        await this.migrate(recorder, compatibility, journal, signal);
        await this.exchange(recorder, journal, signal, (names) => swapDatabases(admin, names, signal));
      },
    );
    await orUnsettled('what is kept could not be noted', () => this.kept.keep(recorder, journal));
  }

  /** Exchanges the target with what an earlier run has kept of it. */
  async rollBack(recorder: RunRecorder, earlier: SwapJournal, signal: AbortSignal): Promise<void> {
    const { id } = recorder.run;
    const journal: SwapJournal = {
      kind: 'swap',
      phase: 'fencing',
      target: earlier.target,
      incoming: earlier.kept,
      isIncomingKept: true,
      kept: databaseName(earlier.target, 'before', id),
      ...(earlier.files === undefined
        ? {}
        : {
            files: {
              live: earlier.files.live,
              incoming: earlier.files.kept,
              kept: `${earlier.files.live}.before-${id}`,
            },
          }),
    };
    await this.window.during(
      recorder,
      journal,
      { close: (admin) => raiseFence(admin, journal.target, signal) },
      async (admin) => {
        for (const name of ['restore_database', 'verify_restored_data', 'run_migrations_if_needed'] as const) {
          await recorder.skip(name, 'the kept database comes back as it is');
        }
        await this.exchange(recorder, journal, signal, (names) => swapDatabases(admin, names, signal));
      },
    );
    await orUnsettled('what is kept could not be noted', () => this.kept.keep(recorder, journal));
  }

  private async exchange(
    recorder: RunRecorder,
    journal: SwapJournal,
    signal: AbortSignal,
    swap: (names: SwapJournal) => Promise<void>,
  ): Promise<void> {
    await recorder.step('swap_database', async () => {
      await recorder.journal({ ...journal, phase: 'swapping' });
      if (journal.files !== undefined) await exchangeDirectories(journal.files);
      signal.throwIfAborted();
      await swap(journal);
      await recorder.journal({ ...journal, phase: 'swapped' });
    });
  }

  private async migrate(
    recorder: RunRecorder,
    compatibility: Compatibility,
    journal: SwapJournal,
    signal: AbortSignal,
  ): Promise<void> {
    const { migrateCommand } = this.config;
    if (!compatibility.is_older_schema || migrateCommand === undefined) {
      await recorder.skip(
        'run_migrations_if_needed',
        compatibility.is_older_schema ? 'no command configured' : 'not needed',
      );
      return;
    }
    await recorder.step('run_migrations_if_needed', () =>
      runMigrations(migrateCommand, withDatabase(this.target.address, journal.incoming), signal),
    );
  }
}
