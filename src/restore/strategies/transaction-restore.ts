import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { cancellable, connect, withConnection } from '../../engine/postgres/server/connection';
import { foreignKeysOf } from '../../engine/postgres/load/foreign-keys';
import { liftFence, raiseFence } from '../../engine/postgres/database/fence';
import type { Compatibility } from '../../engine/postgres/check/preflight';
import { type LeftOut, NOTHING } from '../../engine/postgres/load/left-out';
import { loadSettingsOf } from '../../engine/postgres/load/backup-settings';
import { ownTables, replaceContent } from '../../engine/postgres/load/replace-content';
import { readScopeTables } from '../../engine/postgres/dump/scope-tables';
import { loadScope } from '../../engine/postgres/load/scoped-load';
import { sessionOf } from '../../engine/postgres/server/server-session';
import { qualified } from '../../engine/postgres/server/relation-name';
import { lockableTables, lockTables } from '../../engine/postgres/database/table-locks';
import { currentTransactionId, keepTransactionIds } from '../../engine/postgres/database/transaction-status';
import { verifyRestored } from '../../engine/postgres/check/verify-restored';
import { verifySchema } from '../../engine/postgres/check/verify-schema';
import { verifyViews } from '../../engine/postgres/check/verify-views';
import { TargetService } from '../../kernel/target/target.service';
import type { TransactionJournal } from '../record/journal';
import { replacedDetails } from './left-out-details';
import { loadProgress } from './load-progress';
import { RestoreWindow } from './restore-window';
import type { RunRecorder } from '../record/run-recorder';

/** What a run in one transaction is about. */
export interface TransactionRequest {
  recorder: RunRecorder;
  reader: BackupReader;
  compatibility: Compatibility;
  /** Tables in `public`; without them the whole content is replaced. */
  scopeTables: readonly string[] | undefined;
  /** Makes the safety backup, when there is to be one. */
  makeSafe: () => Promise<void>;
  signal: AbortSignal;
}

/** How long a transaction of the application may take to come to its end by itself. */
const PATIENCE_MS = 5_000;

/** How long to wait for a table that is not ours to lock beforehand. Not a limit on the size of anything. */
const LOCK_WAIT_MS = 60_000;

/**
 * Changes the target where it is, in one transaction: the rows of some tables, or, where the role may not make databases,
 * all of it. Other sessions see nothing of it before the commit.
 */
@Injectable()
export class TransactionRestore {
  constructor(
    private readonly target: TargetService,
    private readonly window: RestoreWindow,
  ) {}

  async restore(request: TransactionRequest): Promise<void> {
    const { recorder, scopeTables, makeSafe, signal } = request;
    const { address, maintenanceAddress } = this.target;
    let open: pg.Client | undefined;
    await this.window.during<TransactionJournal>(
      recorder,
      {
        plan: () =>
          Promise.resolve({
            kind: 'transaction',
            phase: 'fencing',
            target: address.database,
            isFenced: scopeTables === undefined,
          }),
        // From here on no other session can write what is to be replaced: nothing is missing from the safety backup.
        secure: async () => {
          const client = (open = await connect(address, {
            settings: await loadSettingsOf(address, request.reader, signal),
          }));
          await cancellable(
            maintenanceAddress,
            client,
            async () => {
              await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
              await this.lock(client, request, 'EXCLUSIVE');
              await makeSafe();
            },
            signal,
          );
        },
        change: async (journal) => {
          const client = open;
          if (client === undefined) throw new Error('the transaction was not begun');
          // Asked for through the maintenance database: the target may be closed.
          await cancellable(maintenanceAddress, client, () => this.change(client, request, journal), signal);
        },
        release: async () => open?.end().catch(() => undefined),
      },
      signal,
    );
  }

  private async change(client: pg.Client, request: TransactionRequest, journal: TransactionJournal): Promise<void> {
    const { recorder, reader, scopeTables, signal } = request;
    const tools = await this.target.findTools();
    const { written, leftOut } = await recorder.step('restore_database', async (details) => {
      if (journal.isFenced) {
        const pid = await backendPid(client);
        await withConnection(this.target.maintenanceAddress, async (admin) => {
          await recorder.journal({ ...journal, session: await sessionOf(admin) });
          await raiseFence(admin, journal.target, signal, pid);
        });
      }
      const loading = { ...journal, phase: 'loading' as const, transactionId: await currentTransactionId(client) };
      await withConnection(this.target.maintenanceAddress, keepTransactionIds);
      await recorder.journal(loading);
      await client.query(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
      const load = {
        ...{ client, reader, tools, signal },
        onBytes: loadProgress(recorder, reader),
        // Its progress cannot be seen from outside of the transaction.
        onPostData: () => recorder.report({ phase: 'post-data', bytesDone: 0 }),
      };
      let leftOut: LeftOut = NOTHING;
      if (scopeTables === undefined) {
        const { ownership, missingRoles } = request.compatibility;
        const replaced = await replaceContent({
          ...{ ...load, ownership, missingRoles },
          allowsIncomplete: recorder.allowsIncomplete,
        });
        leftOut = replaced.leftOut;
        recorder.isIncomplete = leftOut.incomplete !== undefined;
        Object.assign(details, replacedDetails(replaced, missingRoles), filesLeftOut(reader));
      } else {
        await this.lock(client, request, 'ACCESS EXCLUSIVE');
        Object.assign(details, await loadScope({ ...load, scopeTables }));
      }
      return { written: loading, leftOut };
    });
    await recorder.step('verify_restored_data', async (details) => {
      if (scopeTables !== undefined) return;
      Object.assign(
        details,
        await verifyRestored(client, reader.index, signal, (progress) => recorder.report(progress)),
      );
      Object.assign(details, await verifySchema({ client, reader, leftOut, signal }));
      Object.assign(details, await verifyViews({ client, reader, leftOut, signal }));
    });
    await recorder.skip('run_migrations_if_needed', whyNoMigrations(request));
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

  /**
   * To write to, the tables of the scope, or all; to change, also the tables that foreign keys tie to the scope. When
   * we ask for more than we hold, a session may wait for what we hold, and waiting for it would be a deadlock. Then we wait for
   * no session.
   */
  private async lock(
    client: pg.Client,
    { scopeTables, signal }: TransactionRequest,
    mode: 'EXCLUSIVE' | 'ACCESS EXCLUSIVE',
  ): Promise<void> {
    const own =
      scopeTables === undefined
        ? await ownTables(client)
        : (await readScopeTables(client, scopeTables)).map((table) => qualified(table));
    const tied =
      mode === 'EXCLUSIVE'
        ? []
        : await lockableTables(
            client,
            (await foreignKeysOf(client, own)).flatMap(({ schema, table, refSchema, refTable }) => [
              qualified({ schema, name: table }),
              qualified({ schema: refSchema, name: refTable }),
            ]),
          );
    await lockTables({
      client,
      maintenance: this.target.maintenanceAddress,
      tables: [...new Set([...own, ...tied])],
      mode,
      patienceMs: mode === 'EXCLUSIVE' ? PATIENCE_MS : 0,
      signal,
    });
  }
}

function whyNoMigrations({ scopeTables, compatibility }: TransactionRequest): string {
  if (scopeTables !== undefined) return 'the schema stays';
  return compatibility.isOlderSchema
    ? 'a restore in place does not migrate: run the migrations before the application is started'
    : 'not needed';
}

/** Only a swap restores files: what is left out is named. */
function filesLeftOut({ index }: BackupReader): Record<string, unknown> {
  return index.includes_files ? { left_out_files: true } : {};
}

async function backendPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
