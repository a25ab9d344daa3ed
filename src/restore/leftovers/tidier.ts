import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../kernel/config/config';
import { lockName } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { TargetService } from '../../kernel/target/target.service';
import type { LeftoverEntity } from './leftover.entity';
import { Leftovers } from './leftovers';
import { isOwnLeftover } from './own-leftovers';
import { reasonWhy, removeLeftover, StaysError } from './remove-leftover';

/** On a server that is well everything is gone by then, and a caller who sees the end of a run finds it gone. */
const FIRST_ATTEMPT_MS = 5_000;

const NOT_OURS =
  'no restore run here makes anything of that name: look at it before you remove it, and at who writes to the control database';

/**
 * Removes what runs have left. It holds a lock of its own for each run and no other, so that whatever hangs here keeps
 * nothing else from going on.
 */
@Injectable()
export class Tidier {
  private readonly logger = new Logger(Tidier.name);
  /** Runs that this process is at. */
  private readonly busy = new Map<number, Promise<void>>();

  constructor(
    private readonly leftovers: Leftovers,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly target: TargetService,
    private readonly config: AppConfig,
  ) {}

  /** Tries everything that is due, in the background. */
  async tryDue(): Promise<void> {
    for (const runId of await this.leftovers.dueRuns()) void this.start(runId);
  }

  /**
   * Tries at once what a run has left, and comes back when that has ended or after a while; then it goes on in the
   * background. Never throws.
   */
  async tryNow(runId: number, withinMs = FIRST_ATTEMPT_MS): Promise<void> {
    const limit = AbortSignal.timeout(withinMs);
    // A process that is going down takes no new work: then the attempt ends with the time that it has.
    const trying = this.operations.isClosing ? this.tidyQuietly(runId, limit) : this.start(runId);
    await Promise.race([trying, aborted(limit)]);
  }

  private start(runId: number): Promise<void> {
    const known = this.busy.get(runId);
    if (known !== undefined || this.operations.isClosing) return known ?? Promise.resolve();
    const trying = this.operations
      .during((signal) => Promise.race([this.tidyQuietly(runId, signal), aborted(signal)]))
      .catch(() => undefined)
      .finally(() => this.busy.delete(runId));
    this.busy.set(runId, trying);
    return trying;
  }

  private async tidyQuietly(runId: number, signal: AbortSignal): Promise<void> {
    try {
      await this.tidy(runId, signal);
    } catch (error) {
      this.logger.warn({ err: error, restore_id: runId }, 'what a run left could not be looked at; will try again');
    }
  }

  private async tidy(runId: number, signal: AbortSignal): Promise<void> {
    await this.locks.tryWith(lockName.leftovers(runId), 'exclusive', async () => {
      for (const leftover of await this.leftovers.of(runId)) {
        signal.throwIfAborted();
        await this.remove(leftover, signal);
      }
    });
  }

  private async remove(leftover: LeftoverEntity, signal: AbortSignal): Promise<void> {
    const { item, runId, name } = leftover;
    const { maintenanceAddress } = this.target;
    try {
      if (!(await isOwnLeftover(item, runId, this.config))) throw new StaysError(NOT_OURS);
      await removeLeftover(item, maintenanceAddress, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = await reasonWhy(error, item, maintenanceAddress);
      this.logger.warn({ err: error, restore_id: runId, leftover: name }, 'what a run left is still there');
      await this.leftovers.stays(leftover, reason);
      return;
    }
    await this.leftovers.removed(leftover);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
