import type pg from 'pg';
import type { SessionSettings } from '../../address/write-address';

// Those that any role may make. Settings of people are listed only when an extension knows them.
const SETTINGS = `
  WITH known AS (SELECT name, reset_val AS value FROM pg_catalog.pg_settings
                  WHERE context = 'user' AND name NOT IN ('role', 'session_authorization', 'application_name', 'client_encoding'))
  SELECT name, value FROM known
   UNION ALL
  SELECT name, pg_catalog.current_setting(name, true) FROM (
    SELECT pg_catalog.unnest($1::text[]) AS name
     UNION
    SELECT pg_catalog.split_part(item, '=', 1) FROM pg_catalog.pg_db_role_setting s
      JOIN pg_catalog.pg_roles me ON me.oid = s.setrole AND me.rolname = session_user, pg_catalog.unnest(s.setconfig) AS item
  ) AS named WHERE pg_catalog.lower(name) NOT IN (SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings)`;

/**
 * Settings that a session has begun with, other than by its user, of those that any role may make.
 *
 * @param client as `connect` gives it
 * @param names of settings that no extension may know
 */
export async function settingsOfSession(client: pg.Client, names: readonly string[]): Promise<SessionSettings> {
  const { rows } = await client.query<{ name: string; value: string | null }>(SETTINGS, [names]);
  return Object.fromEntries(rows.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])));
}

/** Those of one session that another one does not have. */
export function settingsMissing(wanted: SessionSettings, present: SessionSettings): SessionSettings {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => present[name] !== value));
}
