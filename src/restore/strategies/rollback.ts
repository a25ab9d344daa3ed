import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type pg from 'pg';
import { Repository } from 'typeorm';
import { present } from '../../engine/optional/present';
import { readProperties } from '../../engine/postgres/database/database-properties';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { Exchange } from '../parts/exchange';
import type { GivenBack } from '../parts/given-back';
import type { Journal, SwapJournal } from '../record/journal';
import { RestoreRunEntity } from '../record/restore-run.entity';
import { freeDatabaseName, freeDirectoryNames } from '../record/run-names';
import { type RestoreOrder, RestoreStrategy } from './restore-strategy';

/** Exchanges the target with what an earlier swap has kept of it. */
@Injectable()
export class Rollback extends RestoreStrategy<SwapJournal> {
  readonly name = 'rollback';

  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly exchange: Exchange,
  ) {
    super();
  }

  async run({ recorder, signal }: RestoreOrder): Promise<void> {
    const { id, rollbackOf } = recorder.run;
    const earlier = rollbackOf === null ? null : await this.runs.findOneBy({ id: rollbackOf });
    const journal = earlier?.journal;
    if (journal?.kind !== 'swap') {
      throw new RestoreError('incompatible_version', 'There is nothing to go back to.');
    }
    await this.exchange.during(this, {
      recorder,
      plan: (admin) => planBack(admin, id, journal),
      prepare: async (planned) => {
        for (const name of ['restore_database', 'verify_restored_data', 'run_migrations_if_needed'] as const) {
          await recorder.skip(name, 'the kept database comes back as it is');
        }
        return planned;
      },
      signal,
    });
  }

  wrote(journal: Journal): journal is SwapJournal {
    return journal.kind === 'swap' && journal.isIncomingKept;
  }

  recover(runId: number, journal: SwapJournal): Promise<GivenBack> {
    return this.exchange.recover(runId, journal);
  }
}

/** What the earlier run has kept comes in. */
async function planBack(admin: pg.Client, runId: number, earlier: SwapJournal): Promise<SwapJournal> {
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
    ...present({
      files: files && {
        ...(await freeDirectoryNames(files.live, runId)),
        incoming: files.kept,
        isIncomingThere: files.isLiveThere,
      },
    }),
  };
}
