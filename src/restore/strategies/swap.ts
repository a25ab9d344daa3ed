import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type Finding, problem } from '../../engine/findings/finding';
import { exchangeProblems } from '../../engine/files/exchange-problems';
import { present } from '../../engine/optional/present';
import type { Question } from '../../engine/postgres/check/preflight';
import { readerFindings } from '../../engine/postgres/check/reader-findings';
import { settingProblems } from '../../engine/postgres/check/restore-rights';
import { wholeTargetFindings } from '../../engine/postgres/check/whole-target';
import { readProperties } from '../../engine/postgres/database/database-properties';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { Exchange } from '../parts/exchange';
import type { GivenBack } from '../parts/given-back';
import { SchemaMigration } from '../parts/schema-migration';
import { StagingLoader } from '../parts/staging-loader';
import type { Journal, SwapJournal } from '../record/journal';
import { freeDatabaseName, freeDirectoryNames, liveDirectory } from '../record/run-names';
import { type LoadOrder, LoadingStrategy } from './restore-strategy';

/** Loads a backup into a new database, checks it, and exchanges it with the target. */
@Injectable()
export class SwapRestore extends LoadingStrategy<SwapJournal> {
  readonly name = 'swap';
  readonly makesDatabase = true;
  readonly loadsDefinitions = true;

  constructor(
    protected readonly config: AppConfig,
    protected readonly target: TargetService,
    protected readonly exchange: Exchange,
    private readonly loader: StagingLoader,
    private readonly migration: SchemaMigration,
  ) {
    super();
  }

  async findings(question: Question): Promise<Finding[]> {
    const { admin, server, properties, targetName, targetClient, isRehearsal, isToBeKept } = question;
    // What is kept may be promoted, and gets the settings of the target then.
    const isExchanged = !isRehearsal || isToBeKept;
    return [
      ...(server.can_create ? [] : [problem('role.cannot_create_databases')]),
      ...(await wholeTargetFindings(question, 'exchanged')),
      ...(isExchanged ? await settingProblems(admin, targetName, properties) : []),
      ...(isRehearsal ? [] : await this.fileProblems(question)),
      ...(isToBeKept && targetClient ? await readerFindings(targetClient, this.config.restore.scratchReaders) : []),
    ];
  }

  async run(order: LoadOrder): Promise<void> {
    const { recorder, signal } = order;
    await this.exchange.during(this, {
      recorder,
      plan: (admin) => this.plan(admin, order),
      prepare: (journal) => this.load(order, journal),
      signal,
    });
  }

  wrote(journal: Journal): journal is SwapJournal {
    return (
      journal.kind === 'swap' && !journal.isIncomingKept && journal.isOnline !== true && journal.isRehearsed !== true
    );
  }

  recover(runId: number, journal: SwapJournal): Promise<GivenBack> {
    return this.exchange.recover(runId, journal);
  }

  /** Only a swap restores files. */
  private async fileProblems({ index }: Question): Promise<Finding[]> {
    if (!index.includes_files) return [];
    const { filesPath } = this.config;
    if (filesPath === undefined) return [problem('files.not_configured')];
    return exchangeProblems(await liveDirectory(filesPath));
  }

  /** Names what is about to be made, and makes nothing. */
  protected async plan(admin: pg.Client, { recorder, backup }: LoadOrder): Promise<SwapJournal> {
    const runId = recorder.run.id;
    const target = this.target.address.database;
    const filesPath = backup.archive.reader.index.includes_files ? this.config.filesPath : undefined;
    return {
      kind: 'swap',
      phase: 'fencing',
      target,
      targetOid: (await readProperties(admin, target)).oid,
      incoming: await freeDatabaseName(admin, target, 'restore', runId),
      isIncomingKept: false,
      kept: await freeDatabaseName(admin, target, 'before', runId),
      ...present({
        files: filesPath === undefined ? undefined : await freeDirectoryNames(await liveDirectory(filesPath), runId),
      }),
    };
  }

  /**
   * Makes the database that comes in: loaded, checked and, where it is older, migrated.
   *
   * @param makeWay has what would be in the way of the load ended
   * @returns the journal's newest entry
   */
  protected async load(order: LoadOrder, journal: SwapJournal, makeWay?: () => Promise<void>): Promise<SwapJournal> {
    const { recorder, signal } = order;
    const loaded = await this.loader.load({ ...order.backup, recorder, journal, signal, ...present({ makeWay }) });
    await this.migration.run(recorder, order.backup.compatibility.isOlderSchema, loaded.incoming, signal);
    return loaded;
  }
}
