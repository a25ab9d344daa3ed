import pg from 'pg';
import { type DatabaseProperties, settingStatements } from './database-properties';

/**
 * Makes the empty database into which a backup is loaded, like the target in all that cannot be changed later. It is closed until
 * {@link openStaging}.
 *
 * @param admin connected to the maintenance database
 * @returns its oid
 * @throws the driver's error
 */
export async function createStaging(admin: pg.Client, staging: string, target: DatabaseProperties): Promise<string> {
  const options = [
    'TEMPLATE template0',
    `OWNER ${pg.escapeIdentifier(target.owner)}`,
    `ENCODING ${pg.escapeLiteral(target.encoding)}`,
    `LC_COLLATE ${pg.escapeLiteral(target.collate)}`,
    `LC_CTYPE ${pg.escapeLiteral(target.ctype)}`,
    // To name a tablespace, be it the usual one, takes a right in it; not to name it takes none.
    ...(target.isInUsualTablespace ? [] : [`TABLESPACE ${pg.escapeIdentifier(target.tablespace)}`]),
    ...localeOptions(target),
    'ALLOW_CONNECTIONS false',
  ];
  await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(staging)} ${options.join(' ')}`);
  const oid = (await databaseOids(admin, [staging])).get(staging);
  if (oid === undefined) throw new Error('the new database is gone already');
  return oid;
}

/**
 * Opens the new database for the service's role and superusers only, with the settings of the target: they hold from the first
 * row on.
 *
 * @param admin connected to the maintenance database
 * @returns settings that the role may not make, for people
 * @throws the driver's error
 */
export async function openStaging(admin: pg.Client, staging: string, target: DatabaseProperties): Promise<string[]> {
  const name = pg.escapeIdentifier(staging);
  const refused: string[] = [];
  await admin.query('BEGIN');
  try {
    await admin.query(`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC, ${pg.escapeIdentifier(target.owner)}`);
    await admin.query(`GRANT CONNECT ON DATABASE ${name} TO SESSION_USER`);
    for (const { label, sql } of settingStatements(staging, target)) {
      await admin.query('SAVEPOINT setting');
      await admin.query(sql).catch(async (error: unknown) => {
        if (!(error instanceof pg.DatabaseError)) throw error;
        await admin.query('ROLLBACK TO SAVEPOINT setting');
        refused.push(label);
      });
    }
    await admin.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
    await admin.query('COMMIT');
    return refused;
  } catch (error) {
    await admin.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Which of these databases the server has, and their oids. */
export async function databaseOids(admin: pg.Client, names: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await admin.query<{ name: string; oid: string }>(
    'SELECT datname::text AS name, oid::text FROM pg_catalog.pg_database WHERE datname = ANY ($1)',
    [names],
  );
  return new Map(rows.map(({ name, oid }) => [name, oid]));
}

function localeOptions({ localeProvider, locale, icuRules }: DatabaseProperties): string[] {
  if (localeProvider === 'c') return [];
  const rules = icuRules === null ? [] : [`ICU_RULES ${pg.escapeLiteral(icuRules)}`];
  if (localeProvider === 'i') {
    return ['LOCALE_PROVIDER icu', ...(locale === null ? [] : [`ICU_LOCALE ${pg.escapeLiteral(locale)}`]), ...rules];
  }
  return ['LOCALE_PROVIDER builtin', ...(locale === null ? [] : [`BUILTIN_LOCALE ${pg.escapeLiteral(locale)}`])];
}
