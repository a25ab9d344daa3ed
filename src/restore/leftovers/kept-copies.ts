import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThanOrEqual, Repository } from 'typeorm';
import { databaseOids } from '../../engine/postgres/database/staging';
import { withConnection } from '../../engine/postgres/server/connection';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { TargetService } from '../../kernel/target/target.service';
import type { SwapJournal } from '../record/journal';
import { RestoreRunEntity } from '../record/restore-run.entity';
import type { RunRecorder } from '../record/run-recorder';
import { Leftovers } from './leftovers';
import { Tidier } from './tidier';
import { HOUR_MS } from '../../kernel/clock/durations';

/** The old states that restores leave behind: kept for as long as configured, then dropped. */
@Injectable()
export class KeptCopies {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly locks: LockService,
    private readonly target: TargetService,
    private readonly leftovers: Leftovers,
    private readonly tidier: Tidier,
  ) {}

  /**
   * Notes, for a run that has changed the target and not yet ended, until when the old state is kept. Without it, recovery
   * could not tell that the target has been exchanged: also what is to be kept for no time is dropped only afterwards. Does
   * nothing for a run that keeps none.
   */
  async keep(recorder: RunRecorder): Promise<void> {
    const { journal, rollbackOf, promotionOf } = recorder.run;
    if (journal?.kind !== 'swap') return;
    // A rollback has used up the copy of an earlier run.
    if (journal.isIncomingKept && rollbackOf !== null)
      await this.runs.update({ id: rollbackOf }, { rollbackUntil: null });
    // The database of the rehearsal is the target now.
    if (promotionOf !== null) await this.runs.update({ id: promotionOf }, { keptUntil: null });
    const keptForMs = this.config.restore.keepPreviousHours * HOUR_MS;
    await recorder.found({ rollbackUntil: new Date(this.clock.now().getTime() + keptForMs) });
  }

  /** Whether the old state is still there. */
  async isThere({ kept, targetOid }: SwapJournal): Promise<boolean> {
    return withConnection(
      this.target.maintenanceAddress,
      async (admin) => (await databaseOids(admin, [kept])).get(kept) === targetOid,
    );
  }

  /**
   * Gives up the copies that are due: from then on they are leftovers of their runs. One that is not the doing of a finished
   * run is in doubt and stays, and so does one that a rollback goes back to.
   *
   * @param held has the target's lock alone; without it the lock is taken, if it is free, while the list changes: no
   *   rollback begins meanwhile
   */
  async dropDue(held?: LockSession): Promise<void> {
    const due = await this.runs.findBy({ status: 'success', rollbackUntil: LessThanOrEqual(this.clock.now()) });
    if (due.length === 0) return;
    const given: number[] = [];
    const giveUpAll = async (): Promise<void> => {
      for (const run of due) if (await this.giveUp(run)) given.push(run.id);
    };
    await (held === undefined ? this.locks.tryWith(lockName.target, 'exclusive', giveUpAll) : giveUpAll());
    for (const id of given) await this.tidier.tryNow(id);
  }

  private async giveUp({ id, journal }: RestoreRunEntity): Promise<boolean> {
    if (journal?.kind !== 'swap' || (await this.isWanted(id))) return false;
    const { target, targetOid, kept, files } = journal;
    await this.leftovers.add(id, [
      { kind: 'kept_database', database: kept, oid: targetOid, target },
      ...(files === undefined ? [] : [{ kind: 'directory', path: files.kept } as const]),
    ]);
    await this.runs.update({ id }, { rollbackUntil: null });
    return true;
  }

  private isWanted(id: number): Promise<boolean> {
    return this.runs.existsBy({ rollbackOf: id, status: In(['queued', 'running']) });
  }
}
