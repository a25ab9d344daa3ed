import pg from 'pg';
import type { DatabaseProperties } from './database-properties';

/**
 * Makes the empty database into which a backup is loaded, like the target in all that cannot be changed later.
 *
 * @param admin connected to the maintenance database
 * @throws the driver's error
 */
export async function createStaging(admin: pg.Client, staging: string, target: DatabaseProperties): Promise<void> {
  const options = [
    'TEMPLATE template0',
    `OWNER ${pg.escapeIdentifier(target.owner)}`,
    `ENCODING ${pg.escapeLiteral(target.encoding)}`,
    `LC_COLLATE ${pg.escapeLiteral(target.collate)}`,
    `LC_CTYPE ${pg.escapeLiteral(target.ctype)}`,
    // The template's own needs no right; named, even this one would need CREATE on it, which nobody but a superuser has.
    ...(target.tablespace === 'pg_default' ? [] : [`TABLESPACE ${pg.escapeIdentifier(target.tablespace)}`]),
    ...localeOptions(target),
  ];
  await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(staging)} ${options.join(' ')}`);
}

/** Removes a database and ends its sessions; no error when it is not there. */
export async function dropDatabase(admin: pg.Client, database: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`);
}

/** Which of these databases the server has. */
export async function existingDatabases(admin: pg.Client, names: readonly string[]): Promise<Set<string>> {
  const { rows } = await admin.query<{ datname: string }>(
    'SELECT datname::text FROM pg_catalog.pg_database WHERE datname = ANY ($1)',
    [names],
  );
  return new Set(rows.map(({ datname }) => datname));
}

function localeOptions({ localeProvider, locale, icuRules }: DatabaseProperties): string[] {
  if (localeProvider === 'c') return [];
  const rules = icuRules === null ? [] : [`ICU_RULES ${pg.escapeLiteral(icuRules)}`];
  if (localeProvider === 'i') {
    return ['LOCALE_PROVIDER icu', ...(locale === null ? [] : [`ICU_LOCALE ${pg.escapeLiteral(locale)}`]), ...rules];
  }
  return ['LOCALE_PROVIDER builtin', ...(locale === null ? [] : [`BUILTIN_LOCALE ${pg.escapeLiteral(locale)}`])];
}
