import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { MINUTE_MS } from '../../kernel/clock/durations';
import { Clock } from '../../kernel/clock/clock';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { RestoreRunEntity } from './restore-run.entity';

/** A dry run notices within half a second that it is to stop; then it drops its scratch database. */
const PATIENCE_MS = MINUTE_MS;
const LOOK_AGAIN_MS = 50;

/** Dry runs in the way of a real one: a rehearsal loads a second copy, and makes roles that a restore makes, too. */
@Injectable()
export class DryRuns {
  constructor(
    @InjectRepository(RestoreRunEntity) private readonly runs: Repository<RestoreRunEntity>,
    private readonly clock: Clock,
  ) {}

  /**
   * Cancels the dry run that goes on, on whichever replica, waits for its end, and lets no other begin while these locks
   * are held.
   *
   * @throws RestoreError `maintenance_failed` when it does not end, or the signal's reason
   */
  async stop(locks: LockSession, signal: AbortSignal): Promise<void> {
    const untilMs = this.clock.now().getTime() + PATIENCE_MS;
    while (!(await locks.tryLock(lockName.dryRun, 'exclusive'))) {
      if (this.clock.now().getTime() > untilMs) {
        throw new RestoreError('maintenance_failed', 'A dry run does not end.');
      }
      await this.runs.update(
        { dryRun: true, status: In(['queued', 'running']) },
        { cancelRequested: true, updatedAt: this.clock.now() },
      );
      await delay(LOOK_AGAIN_MS, undefined, { signal });
    }
  }
}
