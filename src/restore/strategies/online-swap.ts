import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type DirectoryNames, isThere } from '../../engine/files/exchange-directories';
import { type DatabaseProperties, readProperties } from '../../engine/postgres/database/database-properties';
import { withConnection } from '../../engine/postgres/server/connection';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { Exchange } from '../parts/exchange';
import { SchemaMigration } from '../parts/schema-migration';
import { StagingLoader } from '../parts/staging-loader';
import { changedMeanwhile, UnchangedTarget } from '../parts/unchanged-target';
import { DryRuns } from '../record/dry-runs';
import type { Journal, SwapJournal } from '../record/journal';
import { freeDatabaseName, isStillLive } from '../record/run-names';
import type { LoadOrder } from './restore-strategy';
import { SwapRestore } from './swap';

/**
 * A swap that loads first and closes the target afterwards: maintenance lasts as long as the exchange. What is written to the
 * target while the backup is loaded goes with it into the kept copy.
 */
@Injectable()
export class OnlineSwap extends SwapRestore {
  constructor(
    config: AppConfig,
    target: TargetService,
    exchange: Exchange,
    loader: StagingLoader,
    migration: SchemaMigration,
    private readonly dryRuns: DryRuns,
    private readonly unchanged: UnchangedTarget,
  ) {
    super(config, target, exchange, loader, migration);
  }

  override async run(order: LoadOrder): Promise<void> {
    const { recorder, signal } = order;
    let loaded: { journal: SwapJournal; target: DatabaseProperties } | undefined;
    await this.exchange.during(this, {
      recorder,
      beforehand: async () => {
        const { journal, target } = await withConnection(this.target.maintenanceAddress, async (admin) => ({
          journal: await this.plan(admin, order),
          target: await readProperties(admin, this.target.address.database),
        }));
        // A dry run loads a copy of its own, and makes roles that this load makes, too.
        const makeWay = (): Promise<void> => this.dryRuns.stop(recorder.locks, signal);
        loaded = { journal: await this.load(order, { ...journal, isOnline: true }, makeWay), target };
      },
      plan: async (admin) => {
        if (loaded === undefined) throw new Error('nothing has been loaded');
        await this.refuseChanged(admin, order, loaded);
        const { journal } = loaded;
        // The name that was free when the load began may be taken by now.
        const kept = await freeDatabaseName(admin, journal.target, 'before', recorder.run.id);
        return { ...journal, phase: 'fencing', kept };
      },
      prepare: (journal) => Promise.resolve(journal),
      signal,
    });
  }

  override wrote(journal: Journal): journal is SwapJournal {
    return journal.kind === 'swap' && journal.isOnline === true;
  }

  /** While the backup was loaded, others could do what they liked with the target, the new database and the files. */
  private async refuseChanged(
    admin: pg.Client,
    { backup, signal }: LoadOrder,
    { journal, target }: { journal: SwapJournal; target: DatabaseProperties },
  ): Promise<void> {
    const now = await readProperties(admin, journal.target);
    if (now.oid !== target.oid || now.owner !== target.owner) {
      throw changedMeanwhile('The target was replaced, or got another owner, while the backup was loaded.');
    }
    if (journal.files !== undefined) await this.refuseMovedFiles(journal.files);
    await this.unchanged.refuse(admin, journal, backup.compatibility, signal);
  }

  private async refuseMovedFiles({ live, incoming }: DirectoryNames): Promise<void> {
    const { filesPath } = this.config;
    if (filesPath !== undefined && (await isStillLive(filesPath, live)) && (await isThere(incoming))) return;
    throw changedMeanwhile('The application files were moved while the backup was loaded.');
  }
}
