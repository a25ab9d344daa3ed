import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { scopeOf } from '../../backups/catalogue/scope';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { type Finding, problem, reported, sentenceOf } from '../../engine/findings/finding';
import { exchangeProblems } from '../../engine/files/exchange-problems';
import { withConnection } from '../../engine/postgres/server/connection';
import { refuseNewerArchive } from '../../engine/postgres/archive/archive-version';
import { dataTables } from '../../engine/postgres/archive/data-tables';
import { freeServerBytes } from '../../engine/postgres/server/free-space';
import { maintenanceProblems, newDatabaseProblems } from '../../engine/postgres/check/new-database-access';
import { checkCompatibility, type Compatibility } from '../../engine/postgres/check/preflight';
import { sharesSessions } from '../../engine/postgres/server/pooling';
import { incompatible } from '../../engine/postgres/server/incompatible';
import { schemaArchive } from '../../engine/postgres/archive/schema-archive';
import { readSchemaFacts, rolesNeeded } from '../../engine/postgres/archive/schema-facts';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { freeDatabaseName, liveDirectory } from '../record/run-names';
import type { RunRecorder } from '../record/run-recorder';

/** Finds what would break a restore, before anything is touched. */
@Injectable()
export class CompatibilityCheck {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
  ) {}

  /** @throws RestoreError `incompatible_version` with all that was found in its details */
  async check(recorder: RunRecorder, reader: BackupReader, signal: AbortSignal): Promise<Compatibility> {
    const { address, maintenanceAddress } = this.target;
    const { scope, mode } = recorder.run;
    const tools = await this.target.findTools();
    refuseNewerArchive(reader.index, tools);
    const facts = await readSchemaFacts(schemaArchive(reader, signal)());
    const order = {
      targetName: address.database,
      index: reader.index,
      isListed: reader.isListed,
      facts,
      roles: rolesNeeded(reader.index, facts),
      scopeTables: scope === null ? undefined : scopeOf(scope, this.config.scopes).tables,
      dumpedTables: new Set(
        (await dataTables(reader, signal)).filter(({ schema }) => schema === 'public').map(({ name }) => name),
      ),
      isRehearsal: mode === 'rehearse',
      isDryRun: recorder.run.dryRun,
      wanted: this.config.restore.strategy,
      tools,
      schemaVersionQuery: this.config.schemaVersionQuery,
      jobs: this.config.jobs,
    };
    refuse(await maintenanceProblems(maintenanceAddress, address));
    const compatibility = await withConnection(maintenanceAddress, async (admin) => {
      const freeBytes = await freeServerBytes(admin, address);
      const what = mode === 'rehearse' ? 'rehearsal' : 'restore';
      const name = await freeDatabaseName(admin, address.database, what, recorder.run.id);
      const found = { admin, freeBytes, newDatabaseProblems: await newDatabaseProblems(address, name) };
      const check = async (targetClient: pg.Client | undefined, isShared: boolean) =>
        checkCompatibility({ ...order, ...found, targetClient, sharesSessions: isShared });
      // A target that is too damaged to be connected to is what a restore is for.
      if (!(await this.letsIn())) return check(undefined, false);
      const isShared = await sharesSessions(address);
      return withConnection(address, (targetClient) => check(targetClient, isShared));
    });
    await recorder.found({
      strategy: compatibility.strategy,
      compatibility: { ...compatibility, findings: compatibility.findings.map(reported) },
    });
    refuse([...compatibility.findings, ...(await this.fileProblems(reader, recorder, compatibility))]);
    return compatibility;
  }

  private async letsIn(): Promise<boolean> {
    return withConnection(this.target.address, () => Promise.resolve(true)).catch(() => false);
  }

  /** Only a swap restores files. */
  private async fileProblems(
    reader: BackupReader,
    { run }: RunRecorder,
    { strategy }: Compatibility,
  ): Promise<Finding[]> {
    if (!reader.index.includes_files || strategy !== 'swap' || run.mode === 'rehearse') return [];
    const { filesPath } = this.config;
    if (filesPath === undefined) return [problem('files.not_configured')];
    return exchangeProblems(await liveDirectory(filesPath));
  }
}

function refuse(findings: readonly Finding[]): void {
  const problems = findings.filter(({ severity }) => severity === 'problem');
  if (problems.length === 0) return;
  throw incompatible(`This backup cannot be restored here: ${problems.map(sentenceOf).join('; ')}.`, problems);
}
