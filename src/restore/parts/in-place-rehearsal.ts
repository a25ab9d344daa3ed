import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { withDatabase } from '../../engine/address/database-address';
import { cancellable, connect } from '../../engine/postgres/server/connection';
import { copyDefinitions } from '../../engine/postgres/load/copy-definitions';
import { loadSettingsOf } from '../../engine/postgres/load/backup-settings';
import { replaceContent, type ReplacedContent } from '../../engine/postgres/load/replace-content';
import { TargetService } from '../../kernel/target/target.service';
import type { ScratchJournal } from '../record/journal';
import { compareLoaded } from './compare-loaded';
import { replacedDetails } from './left-out-details';
import { loadProgress } from './load-progress';
import { type LoadRequest, StagingLoader } from './staging-loader';

/**
 * Does in a scratch database what a restore in place does in the target, in one transaction: there is first everything that
 * the target has now, without its rows, which has to be cleared.
 */
@Injectable()
export class InPlaceRehearsal {
  constructor(
    private readonly target: TargetService,
    private readonly loader: StagingLoader,
  ) {}

  /** Steps `restore_database` and `verify_restored_data`. */
  async load(request: LoadRequest<ScratchJournal>): Promise<void> {
    const { recorder, archive, tools, signal } = request;
    const { address, maintenanceAddress } = this.target;
    const scratch = withDatabase(address, request.journal.incoming);
    const sessions: pg.Client[] = [];
    try {
      const { client, leftOut } = await recorder.step('restore_database', async (details) => {
        await this.loader.create(request, [], details);
        details['target_definitions'] = copied(await copyDefinitions({ from: address, into: scratch, tools, signal }));
        const opened = await connect(scratch, { settings: await loadSettingsOf(scratch, archive, signal) });
        sessions.push(opened);
        const replaced = await cancellable(maintenanceAddress, opened, () => this.replace(opened, request), signal);
        recorder.isIncomplete = replaced.leftOut.incomplete !== undefined;
        Object.assign(details, replacedDetails(replaced, request.compatibility.missingRoles));
        return { client: opened, leftOut: replaced.leftOut };
      });
      await recorder.step('verify_restored_data', async (details) => {
        const verify = async (): Promise<void> => {
          await compareLoaded({ client, archive, leftOut, signal }, recorder, details);
          await client.query('COMMIT');
        };
        await cancellable(maintenanceAddress, client, verify, signal);
      });
    } finally {
      for (const session of sessions) await session.end().catch(() => undefined);
    }
  }

  private async replace(client: pg.Client, request: LoadRequest<ScratchJournal>): Promise<ReplacedContent> {
    const { recorder, archive, compatibility, tools, signal } = request;
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    return replaceContent({
      ...{ client, archive, tools, signal },
      ...{ ownership: compatibility.ownership, missingRoles: compatibility.missingRoles },
      allowsIncomplete: recorder.allowsIncomplete,
      ...loadProgress(recorder, archive.reader),
      onPostData: () => recorder.report({ phase: 'post-data', bytesDone: 0 }),
    });
  }
}

/** @param failed statements, or `undefined` when there were none to be had */
function copied(failed: number | undefined): string {
  if (failed === undefined) return 'could not be read';
  return failed === 0 ? 'copied' : `copied but for ${failed} statements`;
}
