import { Injectable } from '@nestjs/common';
import { SINGLE_TABLES } from '../../backups/catalogue/scope';
import { codeWarningsOf } from '../../engine/postgres/check/code-warnings';
import { eventTriggerProblems } from '../../engine/postgres/check/event-trigger-problems';
import { type Finding, problem } from '../../engine/findings/finding';
import type { Question } from '../../engine/postgres/check/preflight';
import { scopeProblems } from '../../engine/postgres/check/restore-rights';
import { readScopeTables } from '../../engine/postgres/dump/scope-tables';
import { NOTHING } from '../../engine/postgres/load/left-out';
import { loadScope } from '../../engine/postgres/load/scoped-load';
import { qualified } from '../../engine/postgres/server/relation-name';
import { AppConfig } from '../../kernel/config/config';
import type { GivenBack } from '../parts/given-back';
import { OneTransaction } from '../parts/one-transaction';
import type { Journal, TransactionJournal } from '../record/journal';
import { tablesOfRun } from '../record/run-tables';
import { type LoadOrder, LoadingStrategy } from './restore-strategy';

/** Replaces the rows of some tables of the target, in one transaction; the schema stays the target's. */
@Injectable()
export class ScopedRestore extends LoadingStrategy<TransactionJournal> {
  readonly name = 'scoped';
  readonly makesDatabase = false;
  readonly loadsDefinitions = false;

  constructor(
    private readonly config: AppConfig,
    private readonly transaction: OneTransaction,
  ) {
    super();
  }

  async findings(question: Question): Promise<Finding[]> {
    const { targetClient, facts, dumpedTables, scopeTables, isRehearsal } = question;
    if (targetClient === undefined) return [problem('target.closed')];
    // A rehearsal loads a database of its own.
    if (isRehearsal || scopeTables === undefined) return [];
    return [
      ...(await scopeProblems(targetClient, facts, dumpedTables, scopeTables)),
      ...(await eventTriggerProblems(targetClient)),
      // Rows of a scope meet the target's own constraints.
      ...(await codeWarningsOf(targetClient)),
    ];
  }

  async run(order: LoadOrder): Promise<void> {
    const { recorder, signal } = order;
    const { archive, tools } = order.backup;
    const scopeTables = await tablesOfRun(recorder.run, archive, this.config.scopes);
    if (scopeTables === undefined) throw new Error('this run has no scope');
    const isOfTables = recorder.run.scope?.includes(SINGLE_TABLES) === true;
    await this.transaction.during(
      this,
      { recorder, archive, tools, signal },
      {
        isFenced: false,
        whyNoMigrations: 'the schema stays',
        ...(isOfTables ? { singleTables: scopeTables } : {}),
        tables: async (client) => (await readScopeTables(client, scopeTables)).map((table) => qualified(table)),
        load: async (transaction, details) => {
          await transaction.lockAll();
          Object.assign(details, await loadScope({ ...transaction, scopeTables }));
          return NOTHING;
        },
        // The database has compared every row with the target's own constraints.
        verify: () => Promise.resolve(),
      },
    );
  }

  wrote(journal: Journal): journal is TransactionJournal {
    return journal.kind === 'transaction' && !journal.isFenced;
  }

  recover(_runId: number, journal: TransactionJournal): Promise<GivenBack> {
    return this.transaction.recover(journal);
  }
}
