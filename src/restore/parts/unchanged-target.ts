import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { SchemaVersion } from '../../engine/postgres/check/version-findings';
import { databaseOids } from '../../engine/postgres/database/staging';
import { withConnection } from '../../engine/postgres/server/connection';
import { ConnectionError, NO_SUCH_DATABASE } from '../../engine/postgres/server/connection-error';
import { readSchemaVersion } from '../../engine/postgres/server/database-facts';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import type { SwapJournal } from '../record/journal';

/** `object_not_in_prerequisite_state`: the database is closed. */
const CLOSED = '55000';

/** What is looked at once more when a database comes in that was loaded while the target was open. */
@Injectable()
export class UnchangedTarget {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
  ) {}

  /**
   * @param checked what was found before the load
   * @throws RestoreError `incompatible_version` when the loaded database is not there any more, the target was migrated, or one
   *   of the two cannot be renamed; what keeps the target from being asked; the signal's reason
   */
  async refuse(
    admin: pg.Client,
    { target, incoming, incomingOid }: SwapJournal,
    { targetSchemaVersion }: { readonly targetSchemaVersion?: SchemaVersion },
    signal: AbortSignal,
  ): Promise<void> {
    if (incomingOid === undefined || (await databaseOids(admin, [incoming])).get(incoming) !== incomingOid) {
      throw changedMeanwhile('The loaded database was replaced while the target was open.');
    }
    await refusePrepared(admin, [target, incoming]);
    if (targetSchemaVersion === undefined) return;
    const version = await this.schemaVersionNow(signal);
    if (version !== undefined && version !== targetSchemaVersion) {
      throw changedMeanwhile('The target was migrated since the backup was compared with it.');
    }
  }

  /** A target that is closed or gone is what a restore is for. Any other failure says nothing of its schema. */
  private async schemaVersionNow(signal: AbortSignal): Promise<SchemaVersion | undefined> {
    const read = (client: pg.Client): Promise<SchemaVersion | undefined> =>
      readSchemaVersion(client, this.config.schemaVersionQuery);
    try {
      return await withConnection(this.target.address, read, signal);
    } catch (error) {
      if (error instanceof ConnectionError && (error.code === CLOSED || error.code === NO_SUCH_DATABASE))
        return undefined;
      throw error;
    }
  }
}

/** A database with prepared transactions cannot be renamed. They may have been prepared since the check before the load. */
async function refusePrepared(admin: pg.Client, databases: readonly string[]): Promise<void> {
  const { rows } = await admin.query<{ database: string }>(
    'SELECT database::text FROM pg_catalog.pg_prepared_xacts WHERE database = ANY ($1) LIMIT 1',
    [databases],
  );
  const [found] = rows;
  if (found === undefined) return;
  throw changedMeanwhile(
    `The database ${found.database} has prepared transactions and cannot be renamed: end them with COMMIT PREPARED or ROLLBACK PREPARED.`,
  );
}

/** What is thrown when a database no longer fits that was loaded while the target was open. */
export function changedMeanwhile(what: string): RestoreError {
  return new RestoreError('incompatible_version', `${what} Start the restore again.`);
}
