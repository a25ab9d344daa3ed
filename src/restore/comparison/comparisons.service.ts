import { Injectable, Logger } from '@nestjs/common';
import { withDatabase } from '../../engine/address/database-address';
import { compareDatabases } from '../../engine/postgres/compare/compare-databases';
import type { DifferingKeys } from '../../engine/postgres/compare/compare-rows';
import { chooseTable, TableChoiceError } from '../../engine/postgres/extract/table-choice';
import { Clock } from '../../kernel/clock/clock';
import { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { sanitize } from '../../kernel/errors/sanitize';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import { LockService } from '../../kernel/operations/lock.service';
import { OperationsService } from '../../kernel/operations/operations.service';
import { TargetService } from '../../kernel/target/target.service';
import { KeptRehearsals, notKept } from '../leftovers/kept-rehearsals';
import type { ComparedTableEntity } from './compared-table.entity';
import type { ComparisonEntity } from './comparison.entity';
import { type ComparedTables, ComparisonRows } from './comparison-rows';
import { openKeys } from './sealed-keys';

/** Of each kind of difference in a table, and of all tables together. */
const KEYS_KEPT = 100;
const ALL_KEYS_KEPT = 30_000;

/**
 * Compares the databases that rehearsals keep with the target, in the background. What was found is kept with the run, also when its
 * database has been promoted or dropped.
 */
@Injectable()
export class Comparisons {
  private readonly logger = new Logger(Comparisons.name);

  constructor(
    private readonly rows: ComparisonRows,
    private readonly rehearsals: KeptRehearsals,
    private readonly config: AppConfig,
    private readonly target: TargetService,
    private readonly locks: LockService,
    private readonly operations: OperationsService,
    private readonly clock: Clock,
  ) {}

  /**
   * The comparison of a run. It is begun when there is none yet, or when the process that made it has died.
   *
   * @param isToBeNew begins another one, unless one is being made
   * @throws AppError `backups.not_ready` when there is none and the database of the run is not kept
   */
  async get(runId: number, isToBeNew: boolean): Promise<ComparisonEntity> {
    const known = await this.rows.find(runId);
    if (known !== undefined && known.status !== 'running' && !isToBeNew) return known;
    const begun = await this.begin(runId, known);
    if (begun !== undefined) return begun;
    // Another caller has begun it. Its row follows the lock.
    return (
      known ?? {
        runId,
        status: 'running',
        startedAt: this.clock.now(),
        finishedAt: null,
        tableCount: 0,
        definitions: [],
        errorCode: null,
      }
    );
  }

  async tables(runId: number, page: { limit: number; offset: number }): Promise<ComparedTables> {
    return this.rows.page(runId, page);
  }

  /**
   * One table of a comparison.
   *
   * @param written quoted as in SQL
   * @returns `undefined` while the comparison is made and has not come to that table
   * @throws AppError `backups.table_not_found`
   */
  async table({ runId, status }: ComparisonEntity, written: string): Promise<ComparedTableEntity | undefined> {
    try {
      return await this.rows.table(runId, chooseTable(written, await this.rows.names(runId)));
    } catch (error) {
      if (!(error instanceof TableChoiceError)) throw error;
      if (status === 'running') return undefined;
      const details = error.near.length === 0 ? undefined : { similar: error.near };
      throw new AppError('backups.table_not_found', { cause: error, details });
    }
  }

  /** Keys of the rows that differ; `undefined` when no key of this installation opens them. */
  keysOf({ runId, sealedKeys }: ComparedTableEntity): DifferingKeys | undefined {
    return sealedKeys === null ? {} : openKeys(sealedKeys, runId, (id) => this.config.keyRing.find(id));
  }

  /**
   * @param known the row that says that it has to be made
   * @returns `undefined` when another operation is at it
   */
  private async begin(runId: number, known: ComparisonEntity | undefined): Promise<ComparisonEntity | undefined> {
    const session = await this.locks.open();
    try {
      const begun = (await session.tryLock(lockName.comparison(runId), 'exclusive'))
        ? await this.beginLocked(runId, known, session)
        : { row: undefined, isUnderWay: false };
      if (!begun.isUnderWay) await session.close();
      return begun.row;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** @param session is handed on if a comparison is under way */
  private async beginLocked(
    runId: number,
    known: ComparisonEntity | undefined,
    session: LockSession,
  ): Promise<{ row: ComparisonEntity; isUnderWay: boolean }> {
    // Another operation may have ended between the look at its row and the lock.
    const now = await this.rows.find(runId);
    const isNewer = now?.startedAt.getTime() !== known?.startedAt.getTime() || now?.status !== known?.status;
    if (now !== undefined && now.status !== 'running' && isNewer) return { row: now, isUnderWay: false };
    const kept = await this.rehearsals.find(runId);
    if (kept === undefined) {
      if (now === undefined) throw notKept();
      // The process that made it has died, and it cannot be made any more.
      if (now.status === 'running') await this.rows.fail(runId, 'backups.not_ready');
      return { row: (await this.rows.find(runId)) ?? now, isUnderWay: false };
    }
    const row = await this.rows.begin(runId);
    const scratch = kept.journal.incoming;
    this.operations.start(`comparison of restore run ${runId}`, (signal) => this.make(runId, scratch, session, signal));
    return { row, isUnderWay: true };
  }

  private async make(runId: number, scratch: string, session: LockSession, shutdown: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([shutdown, session.signal]);
    const { address } = this.target;
    try {
      await compareDatabases({
        addresses: { backup: withDatabase(address, scratch), target: address },
        keysKept: KEYS_KEPT,
        allKeysKept: ALL_KEYS_KEPT,
        onDefinitions: (differences, tables) => this.rows.define(runId, differences, tables),
        onTable: (table) => this.rows.addTable(runId, table),
        signal,
      });
      await this.rows.succeed(runId);
    } catch (error) {
      // The row stays as it is: the next request begins it anew.
      if (signal.aborted) return;
      this.logger.warn({ err: error, restore_id: runId }, 'a rehearsal could not be compared with the target');
      await this.rows.fail(runId, sanitize(error).code);
    } finally {
      await session.close();
    }
  }
}
