import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { ContainerReader } from '../engine/container/container-reader';
import { exchangeDirectories } from '../engine/files/exchange-directories';
import { unpackFiles } from '../engine/files/unpack-files';
import { withConnection, withDatabase } from '../engine/postgres/connection';
import { readProperties } from '../engine/postgres/database-properties';
import { raiseFence } from '../engine/postgres/fence';
import { checkCompatibility, type Compatibility } from '../engine/postgres/preflight';
import { RestoreError } from '../engine/postgres/restore-error';
import { runMigrations } from '../engine/postgres/run-migrations';
import { createStaging } from '../engine/postgres/staging';
import { swapDatabases } from '../engine/postgres/swap';
import { verifyRestored } from '../engine/postgres/verify-restored';
import { loadBackup } from '../engine/read-backup';
import { AppConfig } from '../kernel/config/config';
import { TargetService } from '../kernel/target/target.service';
import { MaintenanceService } from '../maintenance/maintenance.service';
import { type Journal, journalFor } from './journal';
import type { RunRecorder } from './run-recorder';
import { TargetRecovery } from './target-recovery';

/** What the changing steps share. */
interface Exchange {
  recorder: RunRecorder;
  reader: ContainerReader;
  compatibility: Compatibility;
  journal: Journal;
  signal: AbortSignal;
}

/** Replaces the target database by the content of a verified container: staging, checks, exchange by rename. */
@Injectable()
export class TargetSwitch {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly maintenance: MaintenanceService,
    private readonly recovery: TargetRecovery,
  ) {}

  /**
   * Finds what would break a restore, before anything is touched.
   *
   * @throws RestoreError `incompatible_version` with all problems in its details
   */
  async checkCompatibility(recorder: RunRecorder, reader: ContainerReader): Promise<Compatibility> {
    const { address, maintenanceAddress } = this.target;
    const tools = await this.target.findTools();
    const compatibility = await withConnection(maintenanceAddress, (admin) =>
      withConnection(address, async (targetClient) =>
        checkCompatibility({
          admin,
          targetClient,
          targetName: address.database,
          index: reader.index,
          tools,
          schemaVersionQuery: this.config.schemaVersionQuery,
        }),
      ),
    );
    await recorder.found({ strategy: compatibility.strategy, compatibility });
    const problems = [...compatibility.problems, ...this.fileProblems(reader)];
    if (problems.length > 0) {
      throw new RestoreError('incompatible_version', `This backup cannot be restored here: ${problems.join('; ')}.`, {
        problems,
      });
    }
    return compatibility;
  }

  /**
   * Carries out the changing steps. Whatever fails before the exchange leaves the target as it was.
   *
   * @throws whatever failed, once the target is whole and maintenance off; UnsettledError when that could not be reached
   */
  async exchange(
    recorder: RunRecorder,
    reader: ContainerReader,
    compatibility: Compatibility,
    signal: AbortSignal,
  ): Promise<void> {
    const filesPath = reader.index.includes_files ? this.config.filesPath : undefined;
    const journal = journalFor(recorder.run.id, this.target.address.database, filesPath);
    try {
      await withConnection(this.target.maintenanceAddress, (admin) =>
        this.replace(admin, { recorder, reader, compatibility, journal, signal }),
      );
    } catch (error) {
      // The server may have committed the exchange although its answer never came.
      if ((await this.recovery.settle(journal)) === 'old') {
        await this.maintenance.exit(recorder.run.id);
        throw error;
      }
    }
    await recorder.step('exit_maintenance', () => this.maintenance.exit(recorder.run.id));
    await this.recovery.keepOrDrop(recorder, journal);
  }

  private async replace(admin: pg.Client, exchange: Exchange): Promise<void> {
    const { recorder, journal, reader, signal } = exchange;
    const staging = withDatabase(this.target.address, journal.staging);

    await recorder.step('enter_maintenance', async () => {
      await recorder.journal(journal);
      await this.maintenance.enter(recorder.run.id);
      await raiseFence(admin, journal.target, signal);
    });
    // The run holds the target's lock alone since before it was queued: no backup runs and none can begin.
    await recorder.step('stop_background_jobs', () => {
      signal.throwIfAborted();
      return Promise.resolve();
    });
    await recorder.step('restore_database', () => this.load(admin, exchange));
    await recorder.step('verify_restored_data', async (details) => {
      const compared = await withConnection(staging, (client) => verifyRestored(client, reader.index, signal), signal);
      Object.assign(details, compared);
    });
    await this.migrate(exchange);
    await recorder.step('swap_database', async () => {
      await recorder.journal({ ...journal, phase: 'swapping' });
      if (journal.files !== undefined) await exchangeDirectories(journal.files);
      signal.throwIfAborted();
      await swapDatabases(admin, journal, signal);
      await recorder.journal({ ...journal, phase: 'swapped' });
    });
  }

  private async load(admin: pg.Client, { recorder, reader, compatibility, journal, signal }: Exchange): Promise<void> {
    await recorder.journal({ ...journal, phase: 'staging' });
    await createStaging(admin, journal.staging, await readProperties(admin, journal.target));
    await loadBackup({
      reader,
      address: withDatabase(this.target.address, journal.staging),
      tools: await this.target.findTools(),
      ownership: compatibility.ownership,
      jobs: this.config.jobs,
      signal,
      onProgress: (progress) => recorder.report(progress),
    });
    if (journal.files !== undefined) {
      await unpackFiles(reader.readStream('files', { signal }), journal.files.incoming, { signal });
    }
  }

  private async migrate({ recorder, compatibility, journal, signal }: Exchange): Promise<void> {
    const { migrateCommand } = this.config;
    if (!compatibility.is_older_schema || migrateCommand === undefined) {
      await recorder.skip(
        'run_migrations_if_needed',
        compatibility.is_older_schema ? 'no command configured' : 'not needed',
      );
      return;
    }
    await recorder.step('run_migrations_if_needed', () =>
      runMigrations(migrateCommand, withDatabase(this.target.address, journal.staging), signal),
    );
  }

  private fileProblems(reader: ContainerReader): string[] {
    if (!reader.index.includes_files || this.config.filesPath !== undefined) return [];
    return ['the backup holds application files and no files path is configured'];
  }
}
