import pg from 'pg';
import { type DatabaseAddress, withDatabase } from '../../address/database-address';
import { databaseOids } from '../database/staging';
import { withConnection } from '../server/connection';
import { endSelected } from '../server/server-session';
import { isSuperuser } from '../server/superuser';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';
import { inPortions, leaveAll } from './load-role';
import { commentOf } from './placeholder-roles';

/**
 * Readers of a database get all their rights there by one role, which is made for it, cannot log in, and is granted to them. What
 * takes the role away takes away everything: rights that the backup itself grants to a reader stay what they are.
 */
export interface ReaderRole {
  readonly role: string;
  /** Whose it is, and who may drop it, as of placeholders. */
  readonly owner: string;
}

/** The first version in which a grant says whether the member may become the role. */
const GRANT_OPTIONS_FROM = 160_000;

/** `dependent_objects_still_exist`. */
const HAS_DEPENDENTS = '2BP01';

const NOT_OF_EXTENSION = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

// Rows of foreign tables are elsewhere. Functions of extensions may do more than the role that calls them.
const READABLE = `
  SELECT (SELECT coalesce(pg_catalog.array_agg(pg_catalog.quote_ident(n.nspname)), '{}') FROM pg_catalog.pg_namespace n
           WHERE NOT (${SYSTEM_SCHEMAS}) AND ${NOT_OF_EXTENSION('pg_namespace', 'n.oid')} AND pg_catalog.pg_has_role(n.nspowner, 'USAGE')) AS schemas,
         (SELECT coalesce(pg_catalog.array_agg(pg_catalog.format('%I.%I', n.nspname, c.relname)), '{}')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't' AND NOT (${SYSTEM_SCHEMAS})
             AND ${NOT_OF_EXTENSION('pg_class', 'c.oid')} AND pg_catalog.pg_has_role(c.relowner, 'USAGE')) AS tables,
         pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
         pg_catalog.current_setting('server_version_num')::int AS version`;

interface ReadableRow {
  readonly schemas: string[];
  readonly tables: string[];
  readonly database: string;
  readonly version: number;
}

/** Event triggers of the backup may refuse grants. Where there are any, a superuser restores, and may keep them from it. */
const WITHOUT_EVENT_TRIGGERS = `
  SELECT pg_catalog.set_config('session_replication_role', 'replica', true) FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper`;

/**
 * Lets readers into a database: they may connect to it and read its tables.
 *
 * @param client connected to the database
 * @param readers roles of which `readerFindings` has found nothing
 * @throws the driver's error; nothing is made then
 */
export async function admitReaders(
  client: pg.Client,
  { role: name, owner }: ReaderRole,
  readers: readonly string[],
): Promise<void> {
  const { rows } = await client.query<ReadableRow>(READABLE);
  const [readable] = rows;
  if (readable === undefined) return;
  const role = pg.escapeIdentifier(name);
  const how = readable.version < GRANT_OPTIONS_FROM ? '' : ' WITH INHERIT TRUE, SET FALSE';
  const grants = (right: string, on: readonly string[]): string[] =>
    inPortions(on).map((some) => `GRANT ${right} ${some.join(', ')} TO ${role}`);
  const statements = [
    'BEGIN',
    WITHOUT_EVENT_TRIGGERS,
    `CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`,
    `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(commentOf(owner))}`,
    // To take back what it was granted one has to be a member of it, superusers apart.
    ...((await isSuperuser(client)) ? [] : [`GRANT ${role} TO CURRENT_USER`]),
    // A promotion gives the database the rights of the target.
    `REVOKE TEMPORARY ON DATABASE ${readable.database} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${readable.database} TO ${role}`,
    ...grants('USAGE ON SCHEMA', readable.schemas),
    ...grants('SELECT ON', readable.tables),
    ...readers.map((reader) => `GRANT ${role} TO ${pg.escapeIdentifier(reader)}${how}`),
    'COMMIT',
  ];
  try {
    await client.query(statements.join('; '));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Takes the role away: no reader gets in any more, the sessions of those that are in are ended, and what they have made there goes.
 * It may be repeated, wherever it was cut short.
 *
 * @param maintenance address of the server's maintenance database
 * @param oid of the database, when it is known: another one under its name is not touched
 * @returns whether the role is gone. Something that a reader has made with it elsewhere can keep it, without any right
 * @throws the driver's error, or what keeps a session from being ended
 */
export async function withdrawReaders(
  maintenance: DatabaseAddress,
  { database, oid }: { readonly database: string; readonly oid?: string | undefined },
  { role, owner }: ReaderRole,
): Promise<boolean> {
  return withConnection(maintenance, async (admin) => {
    const { rowCount } = await admin.query(
      `SELECT FROM pg_catalog.pg_roles WHERE rolname = $1 AND pg_catalog.shobj_description(oid, 'pg_authid') = $2`,
      [role, commentOf(owner)],
    );
    if (rowCount === 0) return true;
    const found = (await databaseOids(admin, [database])).get(database);
    const isThere = found !== undefined && (oid === undefined || found === oid);
    if (!isThere) return dropRole(admin, role);
    const name = pg.escapeIdentifier(role);
    await admin.query(`REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(database)} FROM ${name}`);
    await endSelected(admin, `datname = $1 AND usesysid IN (${MEMBERS})`, [database, role]);
    return withConnection(withDatabase(maintenance, database), async (client) => {
      if (await isSuperuser(client)) await removeMade(client, role);
      await client.query(`BEGIN; ${WITHOUT_EVENT_TRIGGERS}; DROP OWNED BY ${name}; COMMIT`);
      return dropRole(client, role);
    });
  });
}

/** Members of the role `$2`; superusers and we ourselves came in without it. */
const MEMBERS = `
  SELECT m.oid FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles m ON pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER')
   WHERE r.rolname = $2 AND m.rolname <> current_user AND NOT m.rolsuper`;

/** Every role that may connect may prepare transactions and make large objects. Large objects that are older than the readers' role stay. */
async function removeMade(client: pg.Client, role: string): Promise<void> {
  const who = `SELECT p.oid FROM (${MEMBERS}) AS m JOIN pg_catalog.pg_roles p ON pg_catalog.pg_has_role(m.oid, p.oid, 'MEMBER')`;
  const { rows } = await client.query<{ gid: string }>(
    `SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = $1 AND owner IN (SELECT rolname FROM pg_catalog.pg_roles WHERE oid IN (${who}))`,
    [client.database, role],
  );
  for (const { gid } of rows) await client.query(`ROLLBACK PREPARED ${pg.escapeLiteral(gid)}`);
  await client.query(
    `SELECT pg_catalog.lo_unlink(l.oid) FROM pg_catalog.pg_largeobject_metadata l, pg_catalog.pg_authid a
      WHERE $1 = pg_catalog.current_database() AND a.rolname = $2 AND l.lomowner IN (${who})
        AND pg_catalog.age(l.xmin) < pg_catalog.age(a.xmin)`,
    [client.database, role],
  );
}

/** Whatever keeps it from being dropped, it is no reader's any more. */
async function dropRole(client: pg.Client, role: string): Promise<boolean> {
  await leaveAll(client, role);
  try {
    await client.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(role)}`);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === HAS_DEPENDENTS) return false;
    throw error;
  }
}
