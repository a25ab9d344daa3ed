import type pg from 'pg';
import type { Guest } from '../archive/guests';
import { isSuperuser } from '../server/superuser';

/**
 * For who is no superuser: an object can only be given to a role that may make one in its schema. The rights that say so come at
 * the end of a load, and its owner may have lost them since. So they are lent, and taken back before the rights of the backup.
 */
export class LentRights {
  private readonly guests: ReadonlyMap<string, Guest>;
  private readonly lent: string[] = [];

  /** @param guests of all that will be loaded */
  constructor(guests: readonly Guest[]) {
    this.guests = new Map(guests.map((guest) => [JSON.stringify([guest.owner, guest.schema]), guest]));
  }

  get areLent(): boolean {
    return this.lent.length > 0;
  }

  /** Whether there may be anything to lend. @throws the driver's error */
  async areNeeded(client: pg.Client): Promise<boolean> {
    return this.guests.size > 0 && !(await isSuperuser(client));
  }

  /**
   * When the schemas are there, and nothing else is.
   *
   * @param client may be in a transaction
   * @throws the driver's error
   */
  async lend(client: pg.Client): Promise<void> {
    if (!(await this.areNeeded(client))) return;
    const guests = [...this.guests.values()];
    const { rows } = await client.query<{ owner: string; on: string }>(LACKING, [
      guests.map(({ owner }) => owner),
      guests.map(({ schema }) => schema ?? null),
    ]);
    for (const { on, owner } of rows) {
      await client.query(`GRANT CREATE ON ${on} TO ${owner}`);
      this.lent.push(`REVOKE CREATE ON ${on} FROM ${owner}`);
    }
  }

  /** @throws the driver's error */
  async takeBack(client: pg.Client): Promise<void> {
    for (const statement of this.lent.splice(0)) await client.query(statement);
  }
}

// What the role may not grant is left to the server, which says what it lacks.
const LACKING = `
  SELECT pg_catalog.quote_ident(r.rolname) AS owner,
         CASE WHEN n.oid IS NULL THEN 'DATABASE ' || pg_catalog.quote_ident(d.datname)
              ELSE 'SCHEMA ' || pg_catalog.quote_ident(n.nspname) END AS "on"
    FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS guest (owner, schema)
    JOIN pg_catalog.pg_roles r ON r.rolname = guest.owner
    JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
    LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = guest.schema
   WHERE CASE WHEN guest.schema IS NULL
              THEN NOT pg_catalog.has_database_privilege(r.oid, d.oid, 'CREATE') AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
              ELSE NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE') AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') END`;
