import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { readProperties } from '../../engine/postgres/database/database-properties';
import { openDatabase } from '../../engine/postgres/database/open-database';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { TargetService } from '../../kernel/target/target.service';
import { KeptRehearsals, type KeptRehearsal } from '../leftovers/kept-rehearsals';
import { ScratchReaders } from '../leftovers/scratch-readers';
import { Exchange } from '../parts/exchange';
import type { GivenBack } from '../parts/given-back';
import { changedMeanwhile, UnchangedTarget } from '../parts/unchanged-target';
import { DryRuns } from '../record/dry-runs';
import type { Journal, SwapJournal } from '../record/journal';
import { freeDatabaseName } from '../record/run-names';
import { type RestoreOrder, RestoreStrategy } from './restore-strategy';

/** Exchanges the target with the database that a rehearsal has loaded and kept. */
@Injectable()
export class Promotion extends RestoreStrategy<SwapJournal> {
  readonly name = 'swap';

  constructor(
    private readonly target: TargetService,
    private readonly exchange: Exchange,
    private readonly rehearsals: KeptRehearsals,
    private readonly unchanged: UnchangedTarget,
    private readonly dryRuns: DryRuns,
    private readonly readers: ScratchReaders,
  ) {
    super();
  }

  async run({ recorder, signal }: RestoreOrder): Promise<void> {
    const { id, promotionOf } = recorder.run;
    await recorder.found({ strategy: this.name });
    const rehearsal = promotionOf === null ? undefined : await this.rehearsals.find(promotionOf);
    if (rehearsal === undefined) {
      throw new RestoreError('incompatible_version', 'The database of the rehearsal is not kept any more.');
    }
    await this.exchange.during(this, {
      recorder,
      plan: async (admin) => {
        // A dry run may take a minute to end. The target stays open for that long.
        await this.dryRuns.stop(recorder.locks, signal);
        return this.plan(admin, { id, signal }, rehearsal);
      },
      prepare: (journal) => Promise.resolve(journal),
      signal,
    });
  }

  wrote(journal: Journal): journal is SwapJournal {
    return journal.kind === 'swap' && journal.isRehearsed === true;
  }

  recover(runId: number, journal: SwapJournal): Promise<GivenBack> {
    return this.exchange.recover(runId, journal);
  }

  private async plan(
    admin: pg.Client,
    { id, signal }: { id: number; signal: AbortSignal },
    rehearsal: KeptRehearsal,
  ): Promise<SwapJournal> {
    const target = this.target.address.database;
    const { compatibility, journal } = rehearsal;
    const { incoming, incomingOid } = journal;
    const properties = await readProperties(admin, target);
    const planned: SwapJournal = {
      kind: 'swap',
      phase: 'fencing',
      target,
      targetOid: properties.oid,
      incoming,
      ...(incomingOid === undefined ? {} : { incomingOid }),
      isIncomingKept: false,
      isRehearsed: true,
      kept: await freeDatabaseName(admin, target, 'before', id),
    };
    // An attempt that failed may have closed it.
    await openDatabase(this.target.maintenanceAddress, admin, incoming);
    // A transaction that a reader has prepared would be in the way.
    await this.readers.withdraw(rehearsal, journal);
    const checked = compatibility !== null && 'serverVersion' in compatibility ? compatibility : {};
    await this.unchanged.refuse(admin, planned, checked, signal);
    if ((await readProperties(admin, incoming)).owner !== properties.owner) {
      throw changedMeanwhile('The target has got another owner since the rehearsal.');
    }
    return planned;
  }
}
