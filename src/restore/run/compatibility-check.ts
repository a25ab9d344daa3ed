import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { Finding } from '../../engine/findings/finding';
import { connect } from '../../engine/postgres/server/connection';
import { refuseNewerArchive } from '../../engine/postgres/archive/archive-version';
import type { Archive } from '../../engine/postgres/archive/archive';
import { freeServerBytes } from '../../engine/postgres/server/free-space';
import { maintenanceProblems, newDatabaseProblems } from '../../engine/postgres/check/new-database-access';
import { checkCompatibility } from '../../engine/postgres/check/preflight';
import { readServerFacts } from '../../engine/postgres/check/server-facts';
import { isShared } from '../../engine/postgres/server/pooling';
import { incompatible } from '../../engine/postgres/server/incompatible';
import { reportedFindings } from '../../engine/postgres/server/reported-findings';
import { rolesNeeded } from '../../engine/postgres/archive/schema-facts';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { freeDatabaseName } from '../record/run-names';
import { tablesOfRun } from '../record/run-tables';
import type { RunRecorder } from '../record/run-recorder';
import { RestoreStrategies } from '../strategies/restore-strategies';
import type { CheckedBackup, LoadingStrategy } from '../strategies/restore-strategy';
import type { RunTools } from './run-tools';

/** Finds what would break a restore, before anything is touched. */
@Injectable()
export class CompatibilityCheck {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly strategies: RestoreStrategies,
  ) {}

  /**
   * @returns how the backup is restored, or would be, and what was found
   * @throws RestoreError `incompatible_version` with all that was found in its details
   */
  async check(
    recorder: RunRecorder,
    archive: Archive,
    tools: RunTools,
  ): Promise<CheckedBackup & { strategy: LoadingStrategy }> {
    const { strategy, ...backup } = await this.asAdmin(async (admin) => {
      const found = await tools.find(admin);
      refuseNewerArchive(archive.reader.index, found);
      const asked = await this.ask(admin, recorder, archive);
      const check = async (targetClient: pg.Client | undefined, isSharing: boolean) => ({
        ...{ strategy: asked.ways[0], archive, tools: found },
        compatibility: await checkCompatibility({
          ...{ ...asked, admin, tools: found, targetClient, sharesSessions: isSharing },
          schemaVersionQuery: this.config.schemaVersionQuery,
          jobs: this.config.jobs,
        }),
      });
      const { address } = this.target;
      const targetClient = await connect(address).catch(() => undefined);
      // A target that is too damaged to be connected to is what a restore is for.
      if (targetClient === undefined) return check(undefined, false);
      try {
        return await check(targetClient, await isShared(targetClient, address));
      } finally {
        await targetClient.end().catch(() => undefined);
      }
    });
    const { findings } = backup.compatibility;
    await recorder.found({
      strategy: strategy.name,
      compatibility: { ...backup.compatibility, findings: reportedFindings(findings) },
    });
    refuse(findings);
    return { strategy, ...backup };
  }

  /** What is asked of the server, and by which strategies. */
  private async ask(admin: pg.Client, { run }: RunRecorder, archive: Archive) {
    const { address } = this.target;
    const { index } = archive.reader;
    const { facts } = await archive.contents();
    const scopeTables = await tablesOfRun(run, archive, this.config.scopes);
    const server = await readServerFacts(admin, address.database);
    const isRehearsal = run.mode === 'rehearse';
    const freeName = await freeDatabaseName(admin, address.database, isRehearsal ? 'rehearsal' : 'restore', run.id);
    const ways: readonly [LoadingStrategy, ...LoadingStrategy[]] = [
      run.into === null ? this.strategies.forRestore(scopeTables, server, run.isOnline) : this.strategies.named('into'),
      ...(isRehearsal ? [this.strategies.named('rehearsal')] : []),
    ];
    const { rootOf } = await archive.contents();
    const dumpedTables = (await archive.dataTables()).map((table) => rootOf(table));
    return {
      ...{
        index,
        facts,
        origin: await archive.origin(),
        roles: rolesNeeded(index, facts),
        server,
        scopeTables,
        ways,
        isRehearsal,
      },
      targetName: address.database,
      dumpedTables,
      isOnline: run.isOnline,
      isToBeKept: run.keepHours !== null,
      isDryRun: run.dryRun,
      freeBytes: await freeServerBytes(admin, address),
      newDatabaseProblems: await newDatabaseProblems(address, freeName),
    };
  }

  private async asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
    const { address, maintenanceAddress } = this.target;
    const admin = await connect(maintenanceAddress).catch(async (error: unknown) => {
      refuse(await maintenanceProblems(maintenanceAddress, address));
      throw error;
    });
    try {
      return await work(admin);
    } finally {
      await admin.end().catch(() => undefined);
    }
  }
}

function refuse(findings: readonly Finding[]): void {
  const problems = findings.filter(({ severity }) => severity === 'problem');
  if (problems.length === 0) return;
  throw incompatible('This backup cannot be restored here', problems);
}
