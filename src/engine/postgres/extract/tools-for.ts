import type { BackupReader } from '../../container/read/backup-reader';
import { findTools, type PostgresTools } from '../server/tools';

/**
 * The tools of the version that has made a backup, if they are there: a newer one writes settings that the older server does not know.
 *
 * @throws ToolVersionError
 */
export async function toolsFor({ index }: BackupReader, pgDumpBin: string | undefined): Promise<PostgresTools> {
  return findTools({ serverVersionNum: index.database.server_version_num, pgDumpBin });
}
