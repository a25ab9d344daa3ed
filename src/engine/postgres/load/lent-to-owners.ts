import pg from 'pg';
import { IS_TABLE, MAY_BE_TAKEN } from './table-owners';

/** Beyond this many, only what loading cannot do without is lent. */
const MOST_LENT = 2_000;

/**
 * Rights that owners of tables need while rows are loaded under them. Those of the backup come at the end of a load, and the owner of a
 * table may have no right in its schema until then; a check may call functions in other schemas, and look at tables of others.
 * What is lent is taken back before the rights of the backup.
 */
export class LentToOwners {
  private readonly lent: string[] = [];

  /**
   * When the tables are there.
   *
   * @param areTablesRead code that runs on loading looks at other tables
   * @throws the driver's error
   */
  async lend(client: pg.ClientBase, areTablesRead: boolean): Promise<void> {
    const schemas = await client.query<LackingRow>(LACKING_SCHEMAS);
    const tables = areTablesRead ? await client.query<LackingRow>(LACKING_TABLES, [MOST_LENT + 1]) : { rows: [] };
    const isTooMuch = schemas.rows.length + tables.rows.length > MOST_LENT;
    for (const { right, to, is_needed: isNeeded } of [...schemas.rows, ...tables.rows]) {
      if (isTooMuch && !isNeeded) continue;
      await client.query(`GRANT ${right} TO ${to}`);
      this.lent.push(`REVOKE ${right} FROM ${to}`);
    }
  }

  /** @throws the driver's error */
  async takeBack(client: pg.ClientBase): Promise<void> {
    for (const statement of this.lent.splice(0)) await client.query(statement);
  }
}

interface LackingRow {
  readonly right: string;
  readonly to: string;
  readonly is_needed: boolean;
}

const OWNERS = `
  owners AS (SELECT r.oid, r.rolname, pg_catalog.array_agg(DISTINCT c.relnamespace) AS schemas
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
              WHERE ${IS_TABLE} AND ${MAY_BE_TAKEN} GROUP BY r.oid, r.rolname)`;

// What the role may not grant is not lent: then rows are loaded as before.
const LACKING_SCHEMAS = `
  WITH ${OWNERS}
  SELECT pg_catalog.format('USAGE ON SCHEMA %I', n.nspname) AS right, pg_catalog.quote_ident(o.rolname) AS to,
         n.oid = ANY (o.schemas) AS is_needed
    FROM owners o, pg_catalog.pg_namespace n
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_catalog.pg_has_role(n.nspowner, 'USAGE')
     AND NOT pg_catalog.has_schema_privilege(o.oid, n.oid, 'USAGE')`;

const LACKING_TABLES = `
  WITH ${OWNERS}
  SELECT pg_catalog.format('SELECT ON %I.%I', n.nspname, c.relname) AS right, pg_catalog.quote_ident(o.rolname) AS to,
         false AS is_needed
    FROM owners o, pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384
     AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AND NOT pg_catalog.has_table_privilege(o.oid, c.oid, 'SELECT')
   LIMIT $1`;
