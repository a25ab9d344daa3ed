import pg from 'pg';
import { scramVerifier } from '../server/scram-verifier';
import { isSuperuser } from '../server/superuser';
import { commentOf } from './placeholder-roles';
import { IS_TABLE } from './table-owners';

/** A role that is made for one load. */
export interface LoadRoleRequest {
  /** Not there yet, and known to those who would have to remove it. */
  readonly name: string;
  /** Whose it is, and who may drop it, as of placeholders. */
  readonly owner: string;
  readonly password: string;
  /** Code that runs on loading looks at other tables. */
  readonly areTablesRead: boolean;
}

/**
 * SQL over a row `r` of `pg_roles`: true for a role from which no way leads to more than its own. Of any other, the role that loads is
 * no member.
 */
const IS_HARMLESS = `(r.oid >= 16384 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_roles p
   WHERE pg_catalog.pg_has_role(r.oid, p.oid, 'MEMBER')
     AND (p.rolsuper OR p.rolcreaterole OR p.rolreplication
          OR p.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))))`;

// One row: what the role that loads is to be given. Where connections are counted, superusers get in beyond that, and it does not.
const WANTED = `
  WITH owned AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, r.rolname, r.is_harmless
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN (SELECT r.oid, r.rolname, ${IS_HARMLESS} AS is_harmless FROM pg_catalog.pg_roles r
             WHERE r.oid IN (SELECT relowner FROM pg_catalog.pg_class)) r ON r.oid = c.relowner
     WHERE ${IS_TABLE})
  SELECT (me.rolsuper OR me.rolcreaterole AND me.rolinherit) AND d.datconnlimit < 0 AS may_make, pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
         (SELECT coalesce(pg_catalog.array_agg(DISTINCT rolname::text), '{}') FROM owned WHERE is_harmless) AS owners,
         (SELECT coalesce(pg_catalog.array_agg(name), '{}') FROM owned WHERE NOT is_harmless) AS tables,
         (SELECT coalesce(pg_catalog.array_agg(pg_catalog.quote_ident(nspname)), '{}') FROM pg_catalog.pg_namespace
           WHERE nspname !~ '^pg_(toast|temp)' AND pg_catalog.pg_has_role(nspowner, 'USAGE')) AS schemas,
         (SELECT coalesce(pg_catalog.array_agg(pg_catalog.format('%I.%I', n.nspname, c.relname)), '{}')
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384
             AND pg_catalog.pg_has_role(c.relowner, 'USAGE')) AS readable
    FROM pg_catalog.pg_roles me, pg_catalog.pg_database d
   WHERE me.rolname = current_user AND d.datname = pg_catalog.current_database()`;

interface WantedRow {
  readonly may_make: boolean;
  readonly database: string;
  readonly owners: string[];
  readonly tables: string[];
  readonly schemas: string[];
  readonly readable: string[];
}

/**
 * Makes a role that can load rows and do nothing else: a member of the owners of the tables, as far as no way leads from them to more,
 * with the right to fill the tables of all others.
 *
 * @param client connected to the database that is loaded, in which the definitions are and no rights
 * @returns the owners that it can take; `undefined` when the session's role may not make it
 * @throws the driver's error; nothing is made then
 */
export async function createLoadRole(
  client: pg.Client,
  { name, owner, password, areTablesRead }: LoadRoleRequest,
): Promise<readonly string[] | undefined> {
  const { rows } = await client.query<WantedRow>(WANTED);
  const [wanted] = rows;
  if (wanted?.may_make !== true) return undefined;
  const role = pg.escapeIdentifier(name);
  const grants = (right: string, on: readonly string[]): string[] =>
    inPortions(on).map((some) => `GRANT ${right} ${some.join(', ')} TO ${role}`);
  const statements = [
    `CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`,
    `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(commentOf(owner))}`,
    // To take back what it was granted one has to be a member of it, superusers apart.
    ...((await isSuperuser(client)) ? [] : [`GRANT ${role} TO CURRENT_USER`]),
    `GRANT CONNECT ON DATABASE ${wanted.database} TO ${role}`,
    ...grants(
      '',
      wanted.owners.map((one) => pg.escapeIdentifier(one)),
    ),
    ...grants('USAGE ON SCHEMA', wanted.schemas),
    ...grants('INSERT, TRUNCATE ON', wanted.tables),
    ...(areTablesRead ? grants('SELECT ON', wanted.readable) : []),
  ];
  // Sent at once they are one transaction.
  await client.query(statements.join('; '));
  return wanted.owners;
}

/**
 * Drops the role, with all that it was granted. What it owns goes with it, and nothing else: code of the data may have made that, and
 * must not become another role's.
 *
 * @param client connected to the database that was loaded
 * @throws the driver's error, as when something depends on it
 */
export async function dropLoadRole(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_catalog.pg_roles WHERE rolname = $1', [name]);
  if (rowCount === 0) return;
  const role = pg.escapeIdentifier(name);
  await client.query(`ALTER ROLE ${role} NOLOGIN`);
  await client.query(
    'SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1',
    [name],
  );
  await leaveAll(client, name);
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
}

/** Whatever keeps the role from being dropped, from here on no role gets anything by it, and it gets nothing by others. */
export async function leaveAll(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT pg_catalog.format('REVOKE %I FROM %I', r.rolname, m.rolname) AS statement
       FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member
      WHERE $1 IN (r.rolname, m.rolname) AND m.rolname <> current_user`,
    [name],
  );
  for (const { statement } of rows) await client.query(statement);
}

const A_PORTION = 500;

/** Names in lists that one statement can take. */
export function inPortions(names: readonly string[]): string[][] {
  const portions: string[][] = [];
  for (let from = 0; from < names.length; from += A_PORTION) portions.push(names.slice(from, from + A_PORTION));
  return portions;
}
