import { join } from 'node:path';
import { testCluster } from '../support/cluster';
import { MIGRATION } from '../support/small-target';

/** For `BERKUT_BACKUP_MIGRATE_COMMAND`: the same migration, of a staging database. */
export function migrateCommand(): string {
  return `${join(testCluster().binDirectory, 'psql')} -q -v ON_ERROR_STOP=1 -c '${MIGRATION}'`;
}
