import type pg from 'pg';
import type { SchemaFacts } from '../archive/schema-facts';
import { isSuperuser } from '../server/superuser';
import type { RoutineSetting } from '../archive/superuser-entries';

/** More than these would hide the others; each further one looks the same. */
const SHOWN = 20;

interface Role {
  readonly name: string;
  readonly is_member: boolean;
}

/**
 * Finds what in a backup only a superuser, or a member of some role, may make. For a superuser there is nothing.
 *
 * @param admin connected to the maintenance database
 * @param keepsOwners whether objects are given to their owners
 */
export async function rightsToLoad(admin: pg.Client, facts: SchemaFacts, keepsOwners: boolean): Promise<string[]> {
  if (await isSuperuser(admin)) return [];
  const roles = await admin.query<Role>(
    `SELECT rolname::text AS name, pg_catalog.pg_has_role(oid, 'MEMBER') AS is_member FROM pg_catalog.pg_roles
      WHERE rolname = ANY ($1) ORDER BY 1`,
    // Whose member owns the database: here another one.
    [keepsOwners ? [...facts.owners].filter((owner) => owner !== 'pg_database_owner') : []],
  );
  const granters = await admin.query<{ name: string }>(
    `SELECT rolname::text AS name FROM pg_catalog.pg_roles
      WHERE rolname = ANY ($1) AND NOT pg_catalog.pg_has_role(oid, 'MEMBER') ORDER BY 1`,
    [keepsOwners ? [...facts.defaultGranters] : []],
  );
  const extensions = await admin.query<{ name: string }>(
    `SELECT v.name::text FROM pg_catalog.pg_available_extension_versions v
       JOIN pg_catalog.pg_available_extensions e ON e.name = v.name AND e.default_version = v.version
      WHERE v.name = ANY ($1) AND v.superuser AND NOT v.trusted ORDER BY 1`,
    [facts.extensions],
  );
  return [
    ...roles.rows
      .filter((role) => !role.is_member)
      .map(({ name }) => `objects of the backup belong to the role ${name}, of which the restoring role is no member`),
    ...extensions.rows.map(({ name }) => `only a superuser may make the extension ${name}`),
    ...shortened(facts.ofSuperusers.map((what) => `only a superuser may make ${what}`)),
    ...granters.rows.map(
      ({ name }) => `the backup sets default privileges of the role ${name}, of which the restoring role is no member`,
    ),
    ...shortened(await settingsOfRoutines(admin, facts.routineSettings)),
    ...(await subscriptionProblems(admin, facts.subscriptions)),
  ];
}

/** Functions may have only such settings for themselves as the role may set. */
async function settingsOfRoutines(admin: pg.Client, found: readonly RoutineSetting[]): Promise<string[]> {
  const names = [...new Set(found.map(({ setting }) => setting.toLowerCase()))];
  if (names.length === 0) return [];
  // Before PostgreSQL 15 there is no such right.
  const { rows: version } = await admin.query<{ knows: boolean }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int >= 150000 AS knows`,
  );
  const { rows } = await admin.query<{ name: string }>(
    `SELECT pg_catalog.lower(s.name) AS name FROM pg_catalog.pg_settings s
      WHERE pg_catalog.lower(s.name) = ANY ($1) AND s.context = 'superuser'
        AND NOT ${version[0]?.knows === true ? "pg_catalog.has_parameter_privilege(s.name, 'SET')" : 'false'}`,
    [names],
  );
  const refused = new Set(rows.map(({ name }) => name));
  return found
    .filter(({ setting }) => refused.has(setting.toLowerCase()))
    .map(({ routine, setting }) => `only a superuser may make ${routine}, a function that sets ${setting}`);
}

/** From PostgreSQL 16 on members of a role may make them. */
async function subscriptionProblems(admin: pg.Client, subscriptions: readonly string[]): Promise<string[]> {
  if (subscriptions.length === 0) return [];
  const { rows } = await admin.query(
    `SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_create_subscription' AND pg_catalog.pg_has_role(oid, 'USAGE')`,
  );
  return rows.length > 0 ? [] : subscriptions.map((name) => `the role may not make the subscription ${name}`);
}

/** The first of them, and how many more there are. */
function shortened(problems: readonly string[]): string[] {
  const more = problems.length - SHOWN;
  return more <= 0 ? [...problems] : [...problems.slice(0, SHOWN), `and ${more} more of that kind`];
}
