import pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../address/database-address';
import { withConnection } from '../server/connection';
import { accessStatements, hasForeignText, readProperties, textStatements } from './database-properties';
import { endSessions } from './fence';

/** The three names of one exchange. */
export interface SwapNames {
  /** The target; closed by a fence. */
  readonly target: string;
  /** What takes its place, loaded and checked. */
  readonly incoming: string;
  /** An incoming kept copy has everything that belongs to it; a newly loaded database gets it from the target. */
  readonly isIncomingKept: boolean;
  /** What the old target is called afterwards. */
  readonly kept: string;
}

/**
 * Puts another database in the place of the target, with everything that belongs to the target as a database. All of it, both
 * renames and the lifting of the fence included, is one transaction: before its commit the target is entirely the old
 * database, after it entirely the new one. The old one stays closed under its new name.
 *
 * @param admin connected to the maintenance database
 * @param server the address of any database of the server
 * @throws the driver's error; then neither database has another name
 */
export async function swapDatabases(
  admin: pg.Client,
  names: SwapNames,
  server: DatabaseAddress,
  signal: AbortSignal,
): Promise<void> {
  const { target, incoming, kept } = names;
  const statements = names.isIncomingKept ? [] : await propertiesOf(admin, names, server, signal);
  await admin.query(`ALTER DATABASE ${pg.escapeIdentifier(incoming)} WITH ALLOW_CONNECTIONS false`);
  await endSessions(admin, incoming, signal);
  // A session that was being let in when the fence went up was not to be seen then.
  await endSessions(admin, target, signal);
  signal.throwIfAborted();
  await admin.query('BEGIN');
  try {
    for (const statement of statements) await admin.query(statement);
    await rename(admin, target, kept);
    await rename(admin, incoming, target);
    await admin.query(`ALTER DATABASE ${pg.escapeIdentifier(target)} WITH ALLOW_CONNECTIONS true`);
    await admin.query('COMMIT');
  } catch (error) {
    await admin.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** @returns the statements that give the incoming database what the target has as a database, and it has not got yet */
export async function propertiesOf(
  admin: pg.Client,
  { target, incoming }: Pick<SwapNames, 'target' | 'incoming'>,
  server: DatabaseAddress,
  signal: AbortSignal,
): Promise<string[]> {
  const properties = await readProperties(admin, target);
  const access = accessStatements(incoming, properties);
  if (!hasForeignText(properties)) return [...textStatements(incoming, properties), ...access];
  await giveText(withDatabase(server, incoming), target, signal);
  return access;
}

/**
 * Gives a database the comment and the settings of another one of the same encoding, in a session in it.
 *
 * @param address of the database that gets them
 * @param from name of the other one
 * @throws the driver's error, or the signal's reason
 */
export async function giveText(address: DatabaseAddress, from: string, signal: AbortSignal): Promise<void> {
  await withConnection(
    address,
    async (client) => {
      for (const statement of textStatements(address.database, await readProperties(client, from)))
        await client.query(statement);
    },
    signal,
  );
}

async function rename(admin: pg.Client, from: string, to: string): Promise<void> {
  await admin.query(`ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(to)}`);
}
