import type pg from 'pg';
import { type Finding, problem } from '../../findings/finding';
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
export async function rightsToLoad(admin: pg.Client, facts: SchemaFacts, keepsOwners: boolean): Promise<Finding[]> {
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
    ...roles.rows.filter((role) => !role.is_member).map(({ name }) => problem('role.not_a_member', { role: name })),
    ...extensions.rows.map(({ name }) => problem('extension.superuser_only', { extension: name })),
    ...shortened(
      facts.ofSuperusers.map((object) => problem('object.superuser_only', { object })),
      'object.more_superuser_only',
    ),
    ...granters.rows.map(({ name }) => problem('role.default_privileges', { role: name })),
    ...shortened(await settingsOfRoutines(admin, facts.routineSettings), 'function.more_settings'),
    ...(await subscriptionProblems(admin, facts.subscriptions)),
  ];
}

/** Functions may have only such settings for themselves as the role may set. */
async function settingsOfRoutines(admin: pg.Client, found: readonly RoutineSetting[]): Promise<Finding[]> {
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
    .map(({ routine, setting }) => problem('function.setting', { function: routine, setting }));
}

/** From PostgreSQL 16 on members of a role may make them. */
async function subscriptionProblems(admin: pg.Client, subscriptions: readonly string[]): Promise<Finding[]> {
  if (subscriptions.length === 0) return [];
  const { rows } = await admin.query(
    `SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_create_subscription' AND pg_catalog.pg_has_role(oid, 'USAGE')`,
  );
  if (rows.length > 0) return [];
  return subscriptions.map((subscription) => problem('subscription.not_allowed', { subscription }));
}

/** The first of them, and how many more there are. */
function shortened(
  problems: readonly Finding[],
  more: 'object.more_superuser_only' | 'function.more_settings',
): readonly Finding[] {
  const count = problems.length - SHOWN;
  return count <= 0 ? problems : [...problems.slice(0, SHOWN), problem(more, { count })];
}
