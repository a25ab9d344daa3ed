import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { scopeOf } from '../../backups/catalogue/scope';
import { type Finding, reported, sentenceOf } from '../../engine/findings/finding';
import { withConnection } from '../../engine/postgres/server/connection';
import { refuseNewerArchive } from '../../engine/postgres/archive/archive-version';
import type { Archive } from '../../engine/postgres/archive/archive';
import { freeServerBytes } from '../../engine/postgres/server/free-space';
import { maintenanceProblems, newDatabaseProblems } from '../../engine/postgres/check/new-database-access';
import { checkCompatibility, type Compatibility } from '../../engine/postgres/check/preflight';
import { readServerFacts } from '../../engine/postgres/check/server-facts';
import { sharesSessions } from '../../engine/postgres/server/pooling';
import { incompatible } from '../../engine/postgres/server/incompatible';
import { rolesNeeded } from '../../engine/postgres/archive/schema-facts';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { freeDatabaseName } from '../record/run-names';
import type { RunRecorder } from '../record/run-recorder';
import { RestoreStrategies } from '../strategies/restore-strategies';
import type { RestoreStrategy } from '../strategies/restore-strategy';

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
  ): Promise<{ strategy: RestoreStrategy; compatibility: Compatibility }> {
    const { address, maintenanceAddress } = this.target;
    const { scope, mode, dryRun, id } = recorder.run;
    const tools = await this.target.findTools();
    const { index, isListed } = archive.reader;
    refuseNewerArchive(index, tools);
    const { facts } = await archive.contents();
    const scopeTables = scope === null ? undefined : scopeOf(scope, this.config.scopes).tables;
    const order = {
      targetName: address.database,
      ...{ index, isListed, facts, roles: rolesNeeded(index, facts) },
      scopeTables,
      dumpedTables: new Set(
        (await archive.dataTables()).filter(({ schema }) => schema === 'public').map(({ name }) => name),
      ),
      isRehearsal: mode === 'rehearse',
      isDryRun: dryRun,
      tools,
      schemaVersionQuery: this.config.schemaVersionQuery,
      jobs: this.config.jobs,
    };
    refuse(await maintenanceProblems(maintenanceAddress, address));
    const found = await withConnection(maintenanceAddress, async (admin) => {
      const server = await readServerFacts(admin, address.database);
      const strategy = this.strategies.forRestore(scopeTables, server);
      const what = mode === 'rehearse' ? 'rehearsal' : 'restore';
      const name = await freeDatabaseName(admin, address.database, what, id);
      const found = {
        ...{ admin, server, freeBytes: await freeServerBytes(admin, address) },
        ways: [strategy, ...(mode === 'rehearse' ? [this.strategies.named('rehearsal')] : [])] as const,
        newDatabaseProblems: await newDatabaseProblems(address, name),
      };
      const check = async (targetClient: pg.Client | undefined, isShared: boolean) => ({
        strategy,
        compatibility: await checkCompatibility({ ...order, ...found, targetClient, sharesSessions: isShared }),
      });
      // A target that is too damaged to be connected to is what a restore is for.
      if (!(await this.letsIn())) return check(undefined, false);
      const isShared = await sharesSessions(address);
      return withConnection(address, (targetClient) => check(targetClient, isShared));
    });
    const { strategy, compatibility } = found;
    const { findings } = compatibility;
    await recorder.found({
      strategy: strategy.name,
      compatibility: { ...compatibility, findings: findings.map(reported) },
    });
    refuse(findings);
    return found;
  }

  private async letsIn(): Promise<boolean> {
    return withConnection(this.target.address, () => Promise.resolve(true)).catch(() => false);
  }
}

function refuse(findings: readonly Finding[]): void {
  const problems = findings.filter(({ severity }) => severity === 'problem');
  if (problems.length === 0) return;
  throw incompatible(`This backup cannot be restored here: ${problems.map(sentenceOf).join('; ')}.`, problems);
}
