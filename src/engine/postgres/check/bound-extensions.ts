import pg from 'pg';
import { type Finding, problem } from '../../findings/finding';
import type { OwnSchema } from '../load/without-extensions';

/** Extensions of which a server has at most one, and the setting that names the database it may be in. */
const BOUND: readonly (OwnSchema & { readonly setting: string })[] = [
  { extension: 'pg_cron', schema: 'cron', setting: 'cron.database_name' },
];

/** Those among some extensions that a scratch database can never have, because the target may have them. */
export function boundExtensions(extensions: readonly string[]): OwnSchema[] {
  return BOUND.filter(({ extension }) => extensions.includes(extension));
}

/**
 * Finds extensions of a backup that only one database of the server may have. A swap loads into another database than the target; a
 * restore in place does not.
 *
 * @param admin connected to any database of the server
 * @param loadsInto the target, or that of a swap, whose name is never the one that such a setting has
 */
export async function boundExtensionProblems(
  admin: pg.Client,
  extensions: readonly string[],
  loadsInto: { readonly target: string; readonly isOther: boolean },
): Promise<Finding[]> {
  const problems: Finding[] = [];
  for (const { extension, setting } of BOUND) {
    if (!extensions.includes(extension)) continue;
    const home = await readSetting(admin, setting);
    // Who may not read it may not make the extension either, which is a finding of its own.
    if (home === undefined) continue;
    if (home === null) {
      problems.push(problem('extension.not_loaded', { extension }));
    } else if (home !== loadsInto.target) {
      problems.push(problem('extension.elsewhere', { extension, database: home, setting }));
    } else if (loadsInto.isOther) {
      problems.push(problem('extension.not_by_swap', { extension, database: home, setting }));
    }
  }
  return problems;
}

/** @returns `null` when the server does not know the setting, `undefined` when the role may not read it */
async function readSetting(admin: pg.Client, name: string): Promise<string | null | undefined> {
  try {
    const { rows } = await admin.query<{ value: string | null }>(
      'SELECT pg_catalog.current_setting($1, true) AS value',
      [name],
    );
    return rows[0]?.value ?? null;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42501') return undefined;
    throw error;
  }
}
