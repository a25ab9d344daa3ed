import pg from 'pg';

/**
 * Roles that a backup mentions and this server does not have are made for the time of loading, without any right to log
 * in, so that everything that mentions them (owners, grants, policies) can be loaded as it is. Afterwards what they own
 * goes to the restoring role, what they were granted is dropped, and so are they.
 */

/** @throws the driver's error; a role that somebody has made meanwhile is one */
export async function createRoles(admin: pg.Client, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    await admin.query(`CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN`);
    // To give something to a role one has to be a member of it, superusers apart.
    await admin.query(`GRANT ${pg.escapeIdentifier(role)} TO CURRENT_USER`);
  }
}

/**
 * Hands over what the roles own in one database.
 *
 * @param client connected to that database
 */
export async function releaseRoles(client: pg.Client, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    const name = pg.escapeIdentifier(role);
    await client.query(`REASSIGN OWNED BY ${name} TO CURRENT_USER`);
    await client.query(`DROP OWNED BY ${name}`);
  }
}

/** No error for a role that is not there. */
export async function dropRoles(admin: pg.Client, roles: readonly string[]): Promise<void> {
  for (const role of roles) await admin.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(role)}`);
}
