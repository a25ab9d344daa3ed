import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type DatabaseProperties, readProperties } from '../../engine/postgres/database/database-properties';
import { databaseOids } from '../../engine/postgres/database/staging';
import { connect, withConnection } from '../../engine/postgres/server/connection';
import { readSchemaVersion } from '../../engine/postgres/server/database-facts';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import { Exchange } from '../parts/exchange';
import { StagingLoader } from '../parts/staging-loader';
import { DryRuns } from '../record/dry-runs';
import type { Journal, SwapJournal } from '../record/journal';
import { freeDatabaseName } from '../record/run-names';
import type { LoadOrder } from './restore-strategy';
import { SwapRestore } from './swap';

/**
 * A swap that loads first and closes the target afterwards: maintenance lasts as long as the exchange. What is written to the
 * target while the backup is loaded goes with it into the kept copy.
 */
@Injectable()
export class OnlineSwap extends SwapRestore {
  constructor(
    private readonly online: AppConfig,
    target: TargetService,
    exchange: Exchange,
    loader: StagingLoader,
    private readonly dryRuns: DryRuns,
  ) {
    super(online, target, exchange, loader);
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

  /** While the backup was loaded, others could do with the target, and with the new database, what they liked. */
  private async refuseChanged(
    admin: pg.Client,
    { backup }: LoadOrder,
    { journal, target }: { journal: SwapJournal; target: DatabaseProperties },
  ): Promise<void> {
    const now = await readProperties(admin, journal.target);
    if (now.oid !== target.oid || now.owner !== target.owner) {
      throw changed('The target was replaced, or got another owner, while the backup was loaded.');
    }
    const { incoming, incomingOid } = journal;
    if (incomingOid === undefined || (await databaseOids(admin, [incoming])).get(incoming) !== incomingOid) {
      throw changed('The loaded database was replaced while the target was open.');
    }
    const { targetSchemaVersion } = backup.compatibility;
    if (targetSchemaVersion === undefined) return;
    const version = await this.schemaVersionNow();
    if (version !== undefined && version !== targetSchemaVersion) {
      throw changed('The target was migrated while the backup was loaded.');
    }
  }

  /** A target that takes no connections any more is what a restore is for. */
  private async schemaVersionNow(): Promise<number | string | undefined> {
    const client = await connect(this.target.address).catch(() => undefined);
    if (client === undefined) return undefined;
    try {
      return await readSchemaVersion(client, this.online.schemaVersionQuery);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function changed(what: string): RestoreError {
  return new RestoreError('incompatible_version', `${what} Start the restore again.`);
}
