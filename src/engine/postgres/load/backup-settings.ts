import pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';
import type { SessionSettings } from '../../address/write-address';
import type { Archive } from '../archive/archive';
import { databaseStatements } from '../archive/database-entries';
import { withConnection } from '../server/connection';
import { RestoreError } from '../server/restore-error';
import { settingsForSession, settingsIn } from './database-settings';
import { readLoadSettings } from './load-settings';

/** Settings under which the rows of a backup were written. */
export interface BackupSettings {
  /** Those that the database does not have. */
  readonly whereMissing: SessionSettings;
  /** Those that hold whatever the database says. */
  readonly always: SessionSettings;
}

/**
 * Settings under which the rows of a backup were written, for the sessions that load it: those of its database that the one it is
 * loaded into does not have, and how amounts of the type `money` are read, whatever that one says.
 *
 * @param client connected to the database that is loaded into; settings are tried in its session, and stay there
 * @throws RestoreError `incompatible_version` when there are amounts and the server cannot read them as they were written, the
 * driver's error, ContainerError, or the signal's reason
 */
export async function backupSettings(client: pg.Client, archive: Archive): Promise<BackupSettings> {
  const { database } = archive.reader.index;
  const contents = await archive.contents();
  const { settings } = settingsIn(databaseStatements(contents.ofDatabase, database.name));
  const whereMissing = await settingsForSession(client, settings);
  const { lc_monetary: written } = database;
  if (written === undefined) return { whereMissing, always: {} };
  // A proxy may let in no session with settings of its own: none is given that the session has.
  if ((await monetaryOf(client)) === written) return { whereMissing, always: {} };
  const isKnown = await isMonetary(client, written);
  if (!isKnown && contents.mayHoldAmounts) throw unknownAmounts(written);
  return { whereMissing, always: isKnown ? { lc_monetary: written } : {} };
}

/** Settings of a session that loads a backup into a database that stays what it is. */
export async function loadSettingsOf(
  address: DatabaseAddress,
  archive: Archive,
  signal: AbortSignal,
): Promise<SessionSettings> {
  return withConnection(
    address,
    async (client) => {
      const own = await readLoadSettings(client);
      const { whereMissing, always } = await backupSettings(client, archive);
      return { ...whereMissing, ...own, ...always };
    },
    signal,
  );
}

async function monetaryOf(client: pg.Client): Promise<string | undefined> {
  // What the session began with, not what was tried in it since.
  const { rows } = await client.query<{ value: string }>(
    `SELECT reset_val AS value FROM pg_catalog.pg_settings WHERE name = 'lc_monetary'`,
  );
  return rows[0]?.value;
}

async function isMonetary(client: pg.Client, value: string): Promise<boolean> {
  try {
    await client.query(`SELECT pg_catalog.set_config('lc_monetary', $1, false)`, [value]);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return false;
    throw error;
  }
}

function unknownAmounts(value: string): RestoreError {
  return new RestoreError(
    'incompatible_version',
    'The server does not have the locale under which amounts of the type money were written.',
    { missing: `lc_monetary ${value}` },
  );
}
