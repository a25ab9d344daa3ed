import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { exchangeDirectories, undoExchange } from '../engine/files/exchange-directories';
import { withConnection } from '../engine/postgres/connection';
import { liftFence } from '../engine/postgres/fence';
import { dropDatabase, existingDatabases } from '../engine/postgres/staging';
import { Clock } from '../kernel/clock/clock';
import { AppConfig } from '../kernel/config/config';
import { TargetService } from '../kernel/target/target.service';
import type { Journal } from './journal';
import type { RunRecorder } from './run-recorder';

const HOUR_MS = 3_600_000;

/** Which database the target is, whole in either case. */
export type TargetState = 'old' | 'new';

/** The target could not be brought into, or seen in, a whole state: maintenance stays on until it is. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError';
}

/** Brings the target into a whole state after a restore that ended anywhere: by an error, or with its process. */
@Injectable()
export class TargetRecovery {
  constructor(
    private readonly target: TargetService,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * Finishes or undoes what a run began. May be repeated, also after being cut short itself.
   *
   * @throws UnsettledError when the server cannot be reached or refuses; then it is to be tried again
   */
  async settle(journal: Journal): Promise<TargetState> {
    try {
      return await withConnection(this.target.maintenanceAddress, (admin) => settleWith(admin, journal));
    } catch (cause) {
      throw new UnsettledError('the target could not be brought into a whole state', { cause });
    }
  }

  /** After a finished restore: the old state is kept for as long as configured, or not at all. */
  async keepOrDrop(recorder: RunRecorder, journal: Journal): Promise<void> {
    const { keepPreviousHours } = this.config.restore;
    if (keepPreviousHours === 0) return this.dropKept(journal);
    await recorder.found({ rollbackUntil: new Date(this.clock.now().getTime() + keepPreviousHours * HOUR_MS) });
  }

  /** Removes what a finished restore kept of the old state. */
  async dropKept(journal: Journal): Promise<void> {
    await withConnection(this.target.maintenanceAddress, async (admin) => {
      const existing = await existingDatabases(admin, [journal.target, journal.kept]);
      // Without a target the kept copy is the only copy.
      if (!existing.has(journal.target)) throw new UnsettledError('the target database does not exist');
      await dropDatabase(admin, journal.kept);
    });
    if (journal.files !== undefined) await rm(journal.files.kept, { recursive: true, force: true });
  }
}

async function settleWith(admin: pg.Client, journal: Journal): Promise<TargetState> {
  const { target, staging, kept, files } = journal;
  const existing = await existingDatabases(admin, [target, staging, kept]);
  if (!existing.has(target)) throw new Error('the target database does not exist');
  const state: TargetState = existing.has(kept) ? 'new' : 'old';
  if (files !== undefined) await (state === 'new' ? exchangeDirectories(files) : undoExchange(files));
  if (state === 'old') await dropDatabase(admin, staging);
  await liftFence(admin, target);
  return state;
}
