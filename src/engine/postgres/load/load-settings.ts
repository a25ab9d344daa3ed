import type pg from 'pg';
import type { SessionSettings } from '../../address/write-address';
import { TIME_LIMITS } from '../server/connection';
import { pathFor } from '../server/search-path';

/**
 * What a session that loads needs, whatever the server, the database or a role says. Only what is otherwise is set: a proxy may
 * let in no session with settings of its own.
 */
const NEEDED: ReadonlyMap<string, string> = new Map([
  ...TIME_LIMITS.map((name) => [name, '0'] as const),
  ['default_transaction_read_only', 'off'],
  // Tables that are loaded side by side have nothing to do with each other.
  ['default_transaction_isolation', 'read committed'],
  ['session_replication_role', 'origin'],
  // With it off, NULL in an array becomes a word.
  ['array_nulls', 'on'],
]);

/**
 * Never changed here: `role` has a rule of its own, the archive says its encoding, and amounts are read as they were written,
 * which was under the settings of the service's role.
 */
const LEFT_ALONE: ReadonlySet<string> = new Set([...NEEDED.keys(), 'role', 'client_encoding', 'lc_monetary']);

/** Whether a setting is one that no session of ours takes over from elsewhere. */
export function isHindering(name: string): boolean {
  return NEEDED.has(name) || name === 'role' || name === 'client_encoding';
}

/** The value that a session which loads needs of a setting; `undefined` where any will do. */
export function neededValue(name: string): string | undefined {
  return name === 'role' ? 'none' : NEEDED.get(name);
}

/** Whose setting it is, the one that counts most first. */
const RANKS = ['application here', 'application', 'all here', 'all'] as const;
type Rank = (typeof RANKS)[number];

interface SettingRow {
  readonly name: string;
  readonly value: string;
  /** What the session has without us; `null` for a setting that it does not know. */
  readonly in_force: string | null;
  readonly is_here: boolean;
  readonly whose: 'all' | 'application' | 'service';
}

interface SessionRow {
  readonly user: string;
  readonly application: string;
  readonly is_application: boolean;
  readonly is_superuser: boolean;
  readonly inherits: boolean;
  readonly search_path: string;
  readonly schemas: string[];
  readonly hindering: string[];
}

const SESSION = `
  SELECT session_user::text AS "user", a.rolname::text AS application, a.rolname = session_user AS is_application,
         me.rolsuper AS is_superuser, me.rolinherit AS inherits,
         (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path') AS search_path,
         (SELECT pg_catalog.array_agg(nspname::text) FROM pg_catalog.pg_namespace) AS schemas,
         (SELECT coalesce(pg_catalog.array_agg(name), '{}') FROM pg_catalog.pg_settings
           WHERE name IN (SELECT pg_catalog.jsonb_object_keys($2::jsonb)) AND reset_val IS DISTINCT FROM $2::jsonb ->> name
             AND (context = 'user' OR me.rolsuper)) AS hindering
    FROM pg_catalog.pg_database d
    JOIN pg_catalog.pg_roles a ON a.oid = coalesce((SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $3), d.datdba), pg_catalog.pg_roles me
   WHERE d.datname = coalesce($1, pg_catalog.current_database()) AND me.rolname = session_user`;

const SETTINGS = `
  SELECT pg_catalog.split_part(item, '=', 1) AS name, pg_catalog.substr(item, pg_catalog.strpos(item, '=') + 1) AS value,
         pg_catalog.current_setting(pg_catalog.split_part(item, '=', 1), true) AS in_force, s.setdatabase <> 0 AS is_here,
         CASE WHEN s.setrole = 0 THEN 'all' WHEN s.setrole = a.oid THEN 'application' ELSE 'service' END AS whose
    FROM pg_catalog.pg_database d
    JOIN pg_catalog.pg_roles a ON a.oid = coalesce((SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $2), d.datdba)
    JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase IN (0, d.oid)
     AND s.setrole IN (0, a.oid, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)),
         pg_catalog.unnest(s.setconfig) AS item
   WHERE d.datname = coalesce($1, pg_catalog.current_database())
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings p
                      WHERE p.name = pg_catalog.split_part(item, '=', 1) AND p.context <> 'user')`;

/**
 * Settings of the sessions that load into a database. Code that runs while rows are loaded (in checks, generated columns, indexes)
 * finds what it finds when the application runs it: the settings of the database and of its owner, not those of the service's
 * role. What would hinder a load is off.
 *
 * @param client connected to the database that is loaded into; no setting of the session has been changed but by `connect`
 * @param like the database whose settings count; by default that one itself
 * @param application the application's role; by default the owner of that database
 * @throws the driver's error
 */
export async function readLoadSettings(
  client: pg.Client,
  like?: string,
  application?: string,
): Promise<SessionSettings> {
  const needed = JSON.stringify(Object.fromEntries(NEEDED));
  const sessions = await client.query<SessionRow>(SESSION, [like ?? null, needed, application ?? null]);
  const [session] = sessions.rows;
  if (session === undefined) return {};
  const { rows } = await client.query<SettingRow>(SETTINGS, [like ?? null, application ?? null]);
  return {
    ...ofApplication(session, rows),
    ...Object.fromEntries(session.hindering.map((name) => [name, NEEDED.get(name) ?? ''])),
    ...(needsOwnRole(session, rows) ? { role: 'none' } : {}),
  };
}

/**
 * Settings of the sessions that dump a database. Amounts, dates and definitions are written as its settings say, which is how they
 * are read again. Another role would keep rows from them, and `pg_dump` turns time limits off only after its first statements, which
 * a short limit ends.
 *
 * @param client connected to the database
 * @throws the driver's error
 */
export async function readDumpSettings(client: pg.Client): Promise<SessionSettings> {
  const settings = Object.entries(await readLoadSettings(client));
  return Object.fromEntries(settings.filter(([name]) => name === 'role' || TIME_LIMITS.includes(name)));
}

function ofApplication(session: SessionRow, rows: readonly SettingRow[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const { name, in_force: inForce } of rows) {
    // One that the server does not know is in force nowhere when the role may not give it to the database that is loaded.
    const isOfRole = rows.some((row) => row.name === name && row.whose !== 'all');
    const value = isOfRole || inForce === null ? valueOf(rows, name) : undefined;
    if (!LEFT_ALONE.has(name) && value !== undefined && value !== inForce) settings[name] = value;
  }
  const isServices = rows.some(({ name, whose }) => name === 'search_path' && whose === 'service');
  const path = pathFor(valueOf(rows, 'search_path') ?? (isServices ? DEFAULT_PATH : session.search_path), session);
  return path === session.search_path ? settings : { ...settings, search_path: path };
}

const DEFAULT_PATH = '"$user", public';

function valueOf(rows: readonly SettingRow[], name: string): string | undefined {
  for (const rank of RANKS) {
    const found = rows.find((row) => row.name === name && rankOf(row) === rank);
    if (found !== undefined) return found.value;
  }
  return undefined;
}

function rankOf({ whose, is_here: isHere }: SettingRow): Rank | undefined {
  if (whose === 'service') return undefined;
  return isHere ? `${whose} here` : whose;
}

/** A role that has nothing of its own, and is given another one at the beginning of each session, cannot do without. */
function needsOwnRole({ is_superuser: isSuperuser, inherits }: SessionRow, rows: readonly SettingRow[]): boolean {
  return (isSuperuser || inherits) && rows.some(({ name }) => name === 'role');
}
