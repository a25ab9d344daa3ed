import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, LessThanOrEqual, MoreThan, Not, Repository } from 'typeorm';
import { databaseOids } from '../../engine/postgres/database/staging';
import { withConnection } from '../../engine/postgres/server/connection';
import { Clock } from '../../kernel/clock/clock';
import { HOUR_MS } from '../../kernel/clock/durations';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { TargetService } from '../../kernel/target/target.service';
import type { ScratchJournal } from '../record/journal';
import { RestoreRunEntity } from '../record/restore-run.entity';
import type { RestoreMode } from '../record/restore-mode';
import type { RunRecorder } from '../record/run-recorder';
import { leftReaders } from './left-readers';
import { Leftovers } from './leftovers';
import { isOwnLeftover } from './own-leftovers';
import { Tidier } from './tidier';

/** A rehearsal whose database is kept. */
export type KeptRehearsal = RestoreRunEntity & { readonly journal: ScratchJournal; readonly keptUntil: Date };

/** The databases that rehearsals keep to be looked at: for as long as was asked for, unless one becomes the target before. */
@Injectable()
export class KeptRehearsals {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly target: TargetService,
    private readonly config: AppConfig,
    private readonly leftovers: Leftovers,
    private readonly tidier: Tidier,
  ) {}

  /** Notes until when the database of a rehearsal is kept. If the run then does not end well, recovery drops it all the same. */
  async keep(recorder: RunRecorder, hours: number): Promise<void> {
    await recorder.found({ keptUntil: new Date(this.clock.now().getTime() + hours * HOUR_MS) });
  }

  /**
   * Refuses to keep what is not a rehearsal of a whole backup, and a second one: each is a whole copy.
   *
   * @throws AppError `backups.invalid_request`, `backups.concurrent_operation`
   */
  async refuseAnother(mode: RestoreMode, scope: readonly string[] | null): Promise<void> {
    if (mode !== 'rehearse' || scope !== null) {
      const hint = 'Only the database of a rehearsal of a whole backup can be kept.';
      throw new AppError('backups.invalid_request', { details: { field: 'keep_hours', hint } });
    }
    const other = await this.runs.findOneBy({ mode: 'rehearse', status: 'success', keptUntil: Not(IsNull()) });
    if (other === null) return;
    const hint = `Rehearsal ${other.id} keeps its database; POST /api/backups/restores/${other.id}/discard drops it.`;
    throw new AppError('backups.concurrent_operation', {
      details: { in_the_way: { kind: other.mode, id: other.id }, hint },
    });
  }

  /** @throws AppError `backups.not_ready` when the database of this run is not kept, or is not all of its backup */
  async refuseUnkept({ id, manifest }: RestoreRunEntity): Promise<void> {
    if ((await this.find(id)) === undefined) throw notKept();
    if (manifest === null || !('includes_files' in manifest) || manifest.includes_files !== true) return;
    const hint = 'The backup holds application files, which only a restore brings back: restore it, if need be online.';
    throw new AppError('backups.not_ready', { details: { hint } });
  }

  /** @returns the rehearsal, when its database is kept and there; `undefined` once it was promoted, discarded or is due */
  async find(id: number): Promise<KeptRehearsal | undefined> {
    const keptUntil = MoreThan(this.clock.now());
    const run = await this.runs.findOneBy({ id, mode: 'rehearse', status: 'success', keptUntil });
    if (run === null || !isKept(run)) return undefined;
    const { incoming, incomingOid } = run.journal;
    const oids = await withConnection(this.target.maintenanceAddress, (admin) => databaseOids(admin, [incoming]));
    if (incomingOid === undefined || oids.get(incoming) !== incomingOid) return undefined;
    const scratch = { kind: 'scratch_database', database: incoming, oid: incomingOid } as const;
    return (await isOwnLeftover(scratch, id, this.config)) ? run : undefined;
  }

  /** Gives up the databases that are due. One that is being promoted stays. */
  async dropDue(): Promise<void> {
    const due = await this.runs.findBy({ status: 'success', keptUntil: LessThanOrEqual(this.clock.now()) });
    for (const { id } of due) await this.giveUp(id);
  }

  /** @returns whether it was kept and is given up; not while it is being promoted */
  async giveUp(id: number): Promise<boolean> {
    const done = await this.locks.tryWith(lockName.scratch(id), 'exclusive', async () => {
      // A promotion whose process died has not ended, and holds no lock.
      if (await this.runs.existsBy({ promotionOf: id, status: In(['queued', 'running']) })) return false;
      const run = await this.runs.findOneBy({ id, status: 'success' });
      if (run === null || !isKept(run)) return false;
      const { incoming, incomingOid } = run.journal;
      // Without its number nothing says that the database of this name is still the one of the rehearsal.
      if (incomingOid !== undefined) {
        const scratch = { kind: 'scratch_database', database: incoming, oid: incomingOid } as const;
        await this.leftovers.add(id, [...leftReaders(id, run.journal), scratch]);
      }
      await this.runs.update({ id }, { keptUntil: null });
      return true;
    });
    if (done === true) await this.tidier.tryNow(id);
    return done === true;
  }
}

/** What is thrown when the database of a run is not kept. */
export function notKept(): AppError {
  const hint =
    'This takes the number of a rehearsal whose database is kept: not one that was promoted, discarded or is due.';
  return new AppError('backups.not_ready', { details: { hint } });
}

function isKept(run: RestoreRunEntity): run is KeptRehearsal {
  return run.keptUntil !== null && run.journal?.kind === 'scratch';
}
