import pg from 'pg';
import { isSuperuser } from '../server/superuser';

/**
 * Roles that a backup mentions and this server does not have are made for the time of loading, without any right to log
 * in, so that everything that mentions them (owners, grants, policies) can be loaded as it is. Afterwards what they own
 * goes to the restoring role, what they were granted is dropped, and so are they. Each carries a comment that says whose
 * placeholder it is: a role that was made meanwhile has none, and stays. Event triggers and their like are only given to
 * superusers: then the placeholder is one, too.
 */

/** Begins the comment of every placeholder; the owner's name follows. */
const MARK = 'placeholder of berkut-backups: ';

/** The comment of a role that is made for a load and dropped after it. */
export function commentOf(owner: string): string {
  return MARK + owner;
}

/** SQL over a row `r` of `pg_roles`: true for a placeholder of any restore. */
export const IS_PLACEHOLDER = `coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid') LIKE '${MARK}%', false)`;

interface RoleRow {
  name: string;
  is_placeholder: boolean;
}

/**
 * Makes placeholders. One that a dead run has left is taken over; a role that was made meanwhile is used as it is.
 *
 * @param owner whose they are, and who may drop them
 * @param superusers those that own what only superusers may own
 * @returns those that are placeholders now
 * @throws the driver's error
 */
export async function createRoles(
  admin: pg.Client,
  roles: readonly string[],
  owner: string,
  superusers: ReadonlySet<string>,
): Promise<string[]> {
  const { rows } = await admin.query<RoleRow>(
    `SELECT r.rolname::text AS name, ${IS_PLACEHOLDER} AS is_placeholder FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1)`,
    [roles],
  );
  const present = new Map(rows.map((row) => [row.name, row]));
  const made = roles.filter((role) => present.get(role)?.is_placeholder !== false);
  const mayBeSuperusers = made.some((role) => superusers.has(role)) && (await isSuperuser(admin));
  for (const role of made) {
    const name = pg.escapeIdentifier(role);
    await admin.query(
      [
        ...(present.has(role) ? [] : [`CREATE ROLE ${name} NOLOGIN`]),
        ...(mayBeSuperusers && superusers.has(role) ? [`ALTER ROLE ${name} SUPERUSER`] : []),
        `COMMENT ON ROLE ${name} IS ${pg.escapeLiteral(commentOf(owner))}`,
        // To give something to a role one has to be a member of it, superusers apart.
        `GRANT ${name} TO CURRENT_USER`,
      ].join('; '),
    );
  }
  return made;
}

/**
 * Hands over what the roles own in one database.
 *
 * @param client connected to that database
 * @param roles placeholders
 */
export async function releaseRoles(client: pg.Client, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    const name = pg.escapeIdentifier(role);
    await client.query(
      [
        fireEventTriggers('replica'),
        `REASSIGN OWNED BY ${name} TO CURRENT_USER`,
        `DROP OWNED BY ${name}`,
        fireEventTriggers('origin'),
      ].join('; '),
    );
  }
}

/** Event triggers of the backup may refuse what we do. Where there are any we are a superuser, and may keep them from it. */
function fireEventTriggers(role: 'replica' | 'origin'): string {
  return `SELECT pg_catalog.set_config('session_replication_role', '${role}', true) FROM pg_catalog.pg_roles
           WHERE rolname = current_user AND rolsuper`;
}

/** Drops those of the roles that are this owner's placeholders. */
export async function dropRoles(admin: pg.Client, roles: readonly string[], owner: string): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `SELECT rolname::text AS name FROM pg_catalog.pg_roles
      WHERE rolname = ANY ($1) AND pg_catalog.shobj_description(oid, 'pg_authid') = $2`,
    [roles, commentOf(owner)],
  );
  for (const { name } of rows) await admin.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(name)}`);
}
