import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import type { SchemaVersion } from '../../engine/postgres/check/version-findings';
import { databaseOids } from '../../engine/postgres/database/staging';
import { connect } from '../../engine/postgres/server/connection';
import { readSchemaVersion } from '../../engine/postgres/server/database-facts';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import type { SwapJournal } from '../record/journal';

/** What is looked at once more when a database comes in that was loaded while the target was open. */
@Injectable()
export class UnchangedTarget {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
  ) {}

  /**
   * @param checked what was found before the load
   * @throws RestoreError `incompatible_version` when the loaded database is not there any more, or the target was migrated
   */
  async refuse(
    admin: pg.Client,
    { incoming, incomingOid }: SwapJournal,
    { targetSchemaVersion }: { readonly targetSchemaVersion?: SchemaVersion },
  ): Promise<void> {
    if (incomingOid === undefined || (await databaseOids(admin, [incoming])).get(incoming) !== incomingOid) {
      throw changedMeanwhile('The loaded database was replaced while the target was open.');
    }
    if (targetSchemaVersion === undefined) return;
    const version = await this.schemaVersionNow();
    if (version !== undefined && version !== targetSchemaVersion) {
      throw changedMeanwhile('The target was migrated since the backup was compared with it.');
    }
  }

  /** A target that takes no connections any more is what a restore is for. */
  private async schemaVersionNow(): Promise<SchemaVersion | undefined> {
    const client = await connect(this.target.address).catch(() => undefined);
    if (client === undefined) return undefined;
    try {
      return await readSchemaVersion(client, this.config.schemaVersionQuery);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** What is thrown when a database no longer fits that was loaded while the target was open. */
export function changedMeanwhile(what: string): RestoreError {
  return new RestoreError('incompatible_version', `${what} Start the restore again.`);
}
