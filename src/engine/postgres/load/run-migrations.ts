import { Readable } from 'node:stream';
import { feedTool } from '../../process/run-tool';
import { ToolError } from '../../process/tool-error';
import type { DatabaseAddress } from '../../address/database-address';
import { databaseUrl, toolEnvironment } from '../../address/write-address';
import { withConnection } from '../server/connection';
import { readLoadSettings } from './load-settings';
import { RestoreError } from '../server/restore-error';

/**
 * Runs the application's migration command against a database. The command is the administrator's, from the
 * configuration; it finds the database in the environment, as libpq's variables and as `BERKUT_DB_URL`.
 *
 * @param command a line for `/bin/sh`
 * @throws RestoreError `migration_failed`, or the signal's reason
 */
export async function runMigrations(command: string, address: DatabaseAddress, signal: AbortSignal): Promise<void> {
  // Everything else is as the application has it: the tables are its own.
  const { default_transaction_read_only: writing } = await withConnection(address, (client) =>
    readLoadSettings(client),
  );
  const settings = writing === undefined ? undefined : { default_transaction_read_only: writing };
  try {
    await feedTool(
      {
        command: '/bin/sh',
        args: ['-c', command],
        env: { ...toolEnvironment(address, settings), BERKUT_DB_URL: databaseUrl(address, settings) },
        hasChildren: true,
        signal,
      },
      Readable.from([]),
    );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new RestoreError(
      'migration_failed',
      'The migration command failed.',
      { exit_code: error.exitCode },
      { cause: error },
    );
  }
}
