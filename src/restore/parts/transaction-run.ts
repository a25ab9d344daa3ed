import type pg from 'pg';
import type { Archive } from '../../engine/postgres/archive/archive';
import { liftFence, raiseFence } from '../../engine/postgres/database/fence';
import { lockableTables, lockTables } from '../../engine/postgres/database/table-locks';
import { currentTransactionId, keepTransactionIds } from '../../engine/postgres/database/transaction-status';
import { loadSettingsOf } from '../../engine/postgres/load/backup-settings';
import { foreignKeysOf } from '../../engine/postgres/load/foreign-keys';
import type { LeftOut } from '../../engine/postgres/load/left-out';
import { cancellable, connect, withConnection } from '../../engine/postgres/server/connection';
import type { TablesUnderWay } from '../../engine/postgres/rows/tables-under-way';
import { qualified, type RelationName } from '../../engine/postgres/server/relation-name';
import { sessionOf } from '../../engine/postgres/server/server-session';
import type { PostgresTools } from '../../engine/postgres/server/tools';
import { TargetService } from '../../kernel/target/target.service';
import type { TransactionJournal } from '../record/journal';
import type { RunRecorder } from '../record/run-recorder';
import { loadProgress } from './load-progress';
import type { WindowSteps } from './restore-window';
import { SafetyBackup } from './safety-backup';
import { MINUTE_MS } from '../../kernel/clock/durations';

/** What is loaded. */
export interface LoadedInPlace {
  readonly recorder: RunRecorder;
  readonly archive: Archive;
  readonly tools: PostgresTools;
  readonly signal: AbortSignal;
}

/** The transaction that a strategy fills. */
export interface OpenTransaction {
  readonly client: pg.Client;
  readonly archive: Archive;
  readonly tools: PostgresTools;
  readonly onBytes: (bytes: number) => void;
  /** Counts what is loaded of each table of the backup. */
  readonly tables: TablesUnderWay | undefined;
  readonly onPostData: () => void;
  readonly signal: AbortSignal;
  /** Waits for no other session, and takes the tables for itself alone. */
  readonly lockAll: () => Promise<void>;
}

/** What is done in the transaction. */
export interface TransactionWork {
  /** The target is closed meanwhile. */
  readonly isFenced: boolean;
  /** Why no migrations follow. */
  readonly whyNoMigrations: string;
  /** Those of a run that replaces single tables. */
  readonly singleTables?: readonly RelationName[] | undefined;
  /** The tables whose rows are replaced, as SQL names them. */
  tables(client: pg.Client): Promise<string[]>;
  /**
   * Replaces the content.
   *
   * @param details of the step
   * @returns what could not be made there
   */
  load(transaction: OpenTransaction, details: Record<string, unknown>): Promise<LeftOut>;
  /** Compares what was loaded with the backup. */
  verify(transaction: OpenTransaction, leftOut: LeftOut, details: Record<string, unknown>): Promise<void>;
}

/** How long a transaction of the application may take to come to its end by itself. */
const PATIENCE_MS = 5_000;

/** How long to wait for a table that is not ours to lock beforehand. Not a limit on the size of anything. */
const LOCK_WAIT_MS = MINUTE_MS;

/** One run that changes the target in one transaction. Its session is open from `secure` to `release`. */
export class TransactionRun implements WindowSteps<TransactionJournal> {
  private client: pg.Client | undefined;

  constructor(
    private readonly target: TargetService,
    private readonly safety: SafetyBackup,
    private readonly loaded: LoadedInPlace,
    private readonly work: TransactionWork,
  ) {}

  plan(): Promise<TransactionJournal> {
    const target = this.target.address.database;
    return Promise.resolve({ kind: 'transaction', phase: 'fencing', target, isFenced: this.work.isFenced });
  }

  /** From here on no other session can write what is to be replaced: nothing is missing from the safety backup. */
  async secure(): Promise<void> {
    const { address, maintenanceAddress } = this.target;
    const { archive, recorder, signal } = this.loaded;
    const settings = await loadSettingsOf(address, archive, signal);
    const client = (this.client = await connect(address, { settings }));
    const begin = async (): Promise<void> => {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
      await this.lock(client, 'EXCLUSIVE');
      await this.safety.make(recorder, this.work.singleTables, signal);
    };
    await cancellable(maintenanceAddress, client, begin, signal);
  }

  async change(journal: TransactionJournal): Promise<void> {
    const { client } = this;
    if (client === undefined) throw new Error('the transaction was not begun');
    // Asked for through the maintenance database: the target may be closed.
    await cancellable(this.target.maintenanceAddress, client, () => this.replace(client, journal), this.loaded.signal);
  }

  async release(): Promise<void> {
    await this.client?.end().catch(() => undefined);
  }

  private async replace(client: pg.Client, journal: TransactionJournal): Promise<void> {
    const { work } = this;
    const { recorder, signal } = this.loaded;
    const transaction = this.open(client);
    const { written, leftOut } = await recorder.step('restore_database', async (details) => {
      const loading = await withConnection(this.target.maintenanceAddress, (admin) =>
        this.begin(admin, client, journal),
      );
      await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
      return { written: loading, leftOut: await work.load(transaction, details) };
    });
    await recorder.step('verify_restored_data', (details) => work.verify(transaction, leftOut, details));
    await recorder.skip('run_migrations_if_needed', work.whyNoMigrations);
    await recorder.step('swap_database', async () => {
      await recorder.journal({ ...written, phase: 'committing' });
      signal.throwIfAborted();
      await recorder.locks.confirm();
      await client.query('COMMIT');
      await recorder.journal({ ...written, phase: 'committed' });
    });
    if (journal.isFenced) {
      await withConnection(this.target.maintenanceAddress, (admin) => liftFence(admin, journal.target));
    }
  }

  private open(client: pg.Client): OpenTransaction {
    const { recorder, archive } = this.loaded;
    return {
      ...{ client, archive, tools: this.loaded.tools, signal: this.loaded.signal },
      ...loadProgress(recorder, archive.reader),
      // Its progress cannot be seen from outside of the transaction.
      onPostData: () => recorder.report({ phase: 'post-data', bytesDone: 0 }),
      lockAll: () => this.lock(client, 'ACCESS EXCLUSIVE'),
    };
  }

  /**
   * Closes the target, when it is to be closed, and begins to write.
   *
   * @returns the journal's newest entry
   */
  private async begin(admin: pg.Client, client: pg.Client, journal: TransactionJournal): Promise<TransactionJournal> {
    const { recorder, signal } = this.loaded;
    if (journal.isFenced) {
      await recorder.journal({ ...journal, session: await sessionOf(admin) });
      await raiseFence(admin, journal.target, signal, await backendPid(client));
    }
    const loading = { ...journal, phase: 'loading' as const, transactionId: await currentTransactionId(client) };
    await keepTransactionIds(admin);
    await recorder.journal(loading);
    return loading;
  }

  /**
   * To write to, the tables of the scope, or all; to change, also the tables that foreign keys tie to the scope. When
   * we ask for more than we hold, a session may wait for what we hold, and waiting for it would be a deadlock. Then we wait for
   * no session.
   */
  private async lock(client: pg.Client, mode: 'EXCLUSIVE' | 'ACCESS EXCLUSIVE'): Promise<void> {
    const own = await this.work.tables(client);
    const tied = mode === 'EXCLUSIVE' ? [] : await tiedTables(client, own);
    await lockTables({
      client,
      maintenance: this.target.maintenanceAddress,
      tables: [...new Set([...own, ...tied])],
      mode,
      patienceMs: mode === 'EXCLUSIVE' ? PATIENCE_MS : 0,
      signal: this.loaded.signal,
    });
  }
}

async function tiedTables(client: pg.Client, own: readonly string[]): Promise<string[]> {
  const keys = await foreignKeysOf(client, own);
  const names = keys.flatMap(({ schema, table, refSchema, refTable }) => [
    qualified({ schema, name: table }),
    qualified({ schema: refSchema, name: refTable }),
  ]);
  return lockableTables(client, names);
}

async function backendPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
