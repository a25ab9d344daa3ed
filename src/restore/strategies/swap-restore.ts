import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { exchangeDirectories, isThere } from '../../engine/files/exchange-directories';
import { withDatabase } from '../../engine/address/database-address';
import { withConnection } from '../../engine/postgres/server/connection';
import { readProperties } from '../../engine/postgres/database/database-properties';
import { raiseFence } from '../../engine/postgres/database/fence';
import type { Compatibility } from '../../engine/postgres/check/preflight';
import { runMigrations } from '../../engine/postgres/load/run-migrations';
import { sessionOf } from '../../engine/postgres/server/server-session';
import { swapDatabases } from '../../engine/postgres/database/swap';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import type { SwapJournal } from '../record/journal';
import { KeptCopies } from '../leftovers/kept-copies';
import { RestoreWindow } from './restore-window';
import { freeDatabaseName, freeDirectoryNames, liveDirectory } from '../record/run-names';
import type { RunRecorder } from '../record/run-recorder';
import { StagingLoader } from './staging-loader';
import { orUnsettled } from '../record/unsettled-error';

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
    const filesPath = reader.index.includes_files ? this.config.filesPath : undefined;
    await this.swap(
      recorder,
      (admin) => this.plan(admin, recorder.run.id, filesPath),
      async (journal) => {
        const loaded = await this.loader.load({ recorder, reader, compatibility, journal, signal });
        await this.migrate(recorder, compatibility, loaded, signal);
        return loaded;
      },
      signal,
    );
  }

  /** Exchanges the target with what an earlier run has kept of it. */
  async rollBack(recorder: RunRecorder, earlier: SwapJournal, signal: AbortSignal): Promise<void> {
    await this.swap(
      recorder,
      (admin) => this.planBack(admin, recorder.run.id, earlier),
      async (journal) => {
        for (const name of ['restore_database', 'verify_restored_data', 'run_migrations_if_needed'] as const) {
          await recorder.skip(name, 'the kept database comes back as it is');
        }
        return journal;
      },
      signal,
    );
  }

  private async swap(
    recorder: RunRecorder,
    plan: (admin: pg.Client) => Promise<SwapJournal>,
    prepare: (journal: SwapJournal) => Promise<SwapJournal>,
    signal: AbortSignal,
  ): Promise<void> {
    let newest: SwapJournal | undefined;
    await this.window.during<SwapJournal>(
      recorder,
      {
        plan: async (admin) => (newest = await plan(admin)),
        close: (admin) => raiseFence(admin, this.target.address.database, signal),
        change: async (journal) => {
          newest = await prepare(journal);
          await this.exchange(recorder, newest, signal);
        },
      },
      signal,
    );
    const done = newest;
    if (done !== undefined) await orUnsettled('what is kept could not be noted', () => this.kept.keep(recorder, done));
  }

  /** What a new restore is about to do; nothing of it is there yet. */
  private async plan(admin: pg.Client, runId: number, filesPath: string | undefined): Promise<SwapJournal> {
    const target = this.target.address.database;
    return {
      kind: 'swap',
      phase: 'fencing',
      target,
      targetOid: (await readProperties(admin, target)).oid,
      incoming: await freeDatabaseName(admin, target, 'restore', runId),
      isIncomingKept: false,
      kept: await freeDatabaseName(admin, target, 'before', runId),
      ...(filesPath === undefined ? {} : { files: await freeDirectoryNames(await liveDirectory(filesPath), runId) }),
    };
  }

  /** What the undoing of an earlier restore is about to do: what that one has kept comes in. */
  private async planBack(admin: pg.Client, runId: number, earlier: SwapJournal): Promise<SwapJournal> {
    const { target, files } = earlier;
    return {
      kind: 'swap',
      phase: 'fencing',
      target,
      targetOid: (await readProperties(admin, target)).oid,
      incoming: earlier.kept,
      incomingOid: earlier.targetOid,
      isIncomingKept: true,
      kept: await freeDatabaseName(admin, target, 'before', runId),
      ...(files === undefined
        ? {}
        : {
            files: {
              ...(await freeDirectoryNames(files.live, runId)),
              incoming: files.kept,
              isIncomingThere: files.isLiveThere,
            },
          }),
    };
  }

  private async exchange(recorder: RunRecorder, journal: SwapJournal, signal: AbortSignal): Promise<void> {
    await recorder.step('swap_database', async () => {
      // The application may have made its directory while the backup was loaded.
      const files =
        journal.files === undefined
          ? {}
          : { files: { ...journal.files, isLiveThere: await isThere(journal.files.live) } };
      await withConnection(this.target.maintenanceAddress, async (admin) => {
        await recorder.journal({ ...journal, ...files, phase: 'swapping', session: await sessionOf(admin) });
        await recorder.locks.confirm();
        if (files.files !== undefined) await exchangeDirectories(files.files);
        await swapDatabases(admin, journal, this.target.maintenanceAddress, signal);
      });
      await recorder.journal({ ...journal, ...files, phase: 'swapped' });
    });
  }

  private async migrate(
    recorder: RunRecorder,
    compatibility: Compatibility,
    journal: SwapJournal,
    signal: AbortSignal,
  ): Promise<void> {
    const { migrateCommand } = this.config;
    if (!compatibility.isOlderSchema || migrateCommand === undefined) {
      await recorder.skip(
        'run_migrations_if_needed',
        compatibility.isOlderSchema ? 'no command configured' : 'not needed',
      );
      return;
    }
    await recorder.step('run_migrations_if_needed', () =>
      runMigrations(migrateCommand, withDatabase(this.target.address, journal.incoming), signal),
    );
  }
}
