import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { BackupReader } from '../engine/backup-reader';
import { cancellable, withConnection } from '../engine/postgres/connection';
import { liftFence, raiseFence } from '../engine/postgres/fence';
import type { Compatibility } from '../engine/postgres/preflight';
import { replaceContent } from '../engine/postgres/replace-content';
import { loadScope } from '../engine/postgres/scoped-load';
import { currentTransactionId } from '../engine/postgres/transaction-status';
import { verifyRestored } from '../engine/postgres/verify-restored';
import { loadable } from '../engine/read-backup';
import { TargetService } from '../kernel/target/target.service';
import type { TransactionJournal } from './journal';
import { RestoreWindow } from './restore-window';
import type { RunRecorder } from './run-recorder';

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

/**
 * Changes the target where it is, in one transaction: the rows of some tables, or, where the role may not make databases,
 * all of it. Nobody else sees anything before the commit.
 */
@Injectable()
export class TransactionRestore {
  constructor(
    private readonly target: TargetService,
    private readonly window: RestoreWindow,
  ) {}

  async restore(request: TransactionRequest): Promise<void> {
    const { recorder, scopeTables } = request;
    const journal: TransactionJournal = {
      kind: 'transaction',
      phase: 'fencing',
      target: this.target.address.database,
      isFenced: scopeTables === undefined,
    };
    await this.window.during(
      recorder,
      journal,
      // The safety backup needs the target open; maintenance is on, so that it is the state before the restore.
      { secure: request.makeSafe },
      (admin) =>
        withConnection(this.target.address, (client) =>
          cancellable(this.target.address, client, () => this.change(admin, client, request, journal), request.signal),
        ),
    );
  }

  private async change(
    admin: pg.Client,
    client: pg.Client,
    request: TransactionRequest,
    journal: TransactionJournal,
  ): Promise<void> {
    const { recorder, reader, scopeTables, signal } = request;
    const written = await recorder.step('restore_database', async (details) => {
      if (journal.isFenced) await raiseFence(admin, journal.target, signal, await backendPid(client));
      await client.query('BEGIN');
      const loading = { ...journal, phase: 'loading' as const, transactionId: await currentTransactionId(client) };
      await recorder.journal(loading);
      const progress = progressOf(recorder, reader);
      const tools = await this.target.findTools();
      if (scopeTables === undefined) {
        const { ownership, missing_roles: missingRoles } = request.compatibility;
        const { entries, leftOut } = await loadable({ reader, tools, ownership, missingRoles, signal });
        if (leftOut.length > 0) details['left_out'] = leftOut;
        await replaceContent({
          client,
          reader,
          tools,
          ownership,
          entries,
          onBytes: progress,
          signal,
        });
      } else {
        Object.assign(details, await loadScope({ client, reader, tools, scopeTables, onBytes: progress, signal }));
      }
      return loading;
    });
    await recorder.step('verify_restored_data', async (details) => {
      if (scopeTables === undefined) Object.assign(details, await verifyRestored(client, reader.index, signal));
    });
    await recorder.skip('run_migrations_if_needed', scopeTables === undefined ? 'not in place' : 'the schema stays');
    await recorder.step('swap_database', async () => {
      await recorder.journal({ ...written, phase: 'committing' });
      signal.throwIfAborted();
      await client.query('COMMIT');
      await recorder.journal({ ...written, phase: 'committed' });
    });
    if (journal.isFenced) await liftFence(admin, journal.target);
  }
}

function progressOf(recorder: RunRecorder, reader: BackupReader): (bytes: number) => void {
  const bytesTotal = reader.index.streams
    .filter(({ kind }) => kind === 'data')
    .reduce((sum, { plain_size: size }) => sum + size, 0);
  let bytesDone = 0;
  return (bytes) => {
    bytesDone += bytes;
    recorder.report({ phase: 'data', bytesDone, bytesTotal });
  };
}

async function backendPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
