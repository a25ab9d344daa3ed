import { Injectable } from '@nestjs/common';
import { type Finding, problem } from '../../engine/findings/finding';
import type { Question } from '../../engine/postgres/check/preflight';
import { replaceProblems, replaceWarnings } from '../../engine/postgres/check/replace-problems';
import { wholeTargetFindings } from '../../engine/postgres/check/whole-target';
import { ownTables, replaceContent } from '../../engine/postgres/load/replace-content';
import { CountedRows } from '../../engine/postgres/rows/counted-rows';
import { compareLoaded } from '../parts/compare-loaded';
import type { GivenBack } from '../parts/given-back';
import { replacedDetails } from '../parts/left-out-details';
import { OneTransaction } from '../parts/one-transaction';
import type { Journal, TransactionJournal } from '../record/journal';
import { type LoadOrder, LoadingStrategy } from './restore-strategy';

/** Where the role may not make databases: replaces all content of the target where it is, in one transaction. */
@Injectable()
export class InPlaceRestore extends LoadingStrategy<TransactionJournal> {
  readonly name = 'in_place';
  readonly makesDatabase = false;
  readonly loadsDefinitions = true;

  constructor(private readonly transaction: OneTransaction) {
    super();
  }

  async findings(question: Question): Promise<Finding[]> {
    const { targetClient, isOnline, isToBeKept } = question;
    if (isOnline) return [problem('online.needs_swap')];
    if (isToBeKept) return [problem('kept.needs_swap')];
    const found = await wholeTargetFindings(question, 'replaced');
    if (targetClient === undefined) return [problem('target.closed'), ...found];
    return [...found, ...(await replaceProblems(targetClient)), ...(await replaceWarnings(targetClient))];
  }

  async run(order: LoadOrder): Promise<void> {
    const { recorder, signal } = order;
    const { archive, compatibility, tools } = order.backup;
    const { ownership, missingRoles, isOlderSchema: isOlder } = compatibility;
    const counted = new CountedRows();
    await this.transaction.during(
      this,
      { recorder, archive, tools, signal },
      {
        isFenced: true,
        whyNoMigrations: isOlder
          ? 'a restore in place does not migrate: run the migrations before the application is started'
          : 'not needed',
        tables: ownTables,
        load: async (transaction, details) => {
          const { allowsIncomplete } = recorder;
          const replaced = await replaceContent({ ...transaction, ownership, missingRoles, allowsIncomplete, counted });
          recorder.isIncomplete = replaced.leftOut.incomplete !== undefined;
          Object.assign(details, replacedDetails(replaced, missingRoles));
          // Only a swap restores files: what is left out is named.
          if (archive.reader.index.includes_files) details['left_out_files'] = true;
          return replaced.leftOut;
        },
        verify: ({ client }, leftOut, details) =>
          compareLoaded({ client, archive, leftOut, signal }, recorder, details, counted),
      },
    );
  }

  wrote(journal: Journal): journal is TransactionJournal {
    return journal.kind === 'transaction' && journal.isFenced;
  }

  recover(_runId: number, journal: TransactionJournal): Promise<GivenBack> {
    return this.transaction.recover(journal);
  }
}
