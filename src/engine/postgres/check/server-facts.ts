import type pg from 'pg';
import { IS_PLACEHOLDER } from '../load/placeholder-roles';

/** What a restore has to know of the server, and of what the role may do there. */
export interface ServerFacts {
  readonly server_version: string;
  readonly server_version_num: number;
  readonly is_superuser: boolean;
  readonly can_create: boolean;
  readonly can_create_roles: boolean;
  readonly owns_target: boolean;
  /** Prepared transactions in the target. */
  readonly prepared: string;
  readonly is_standby: boolean;
  /** Extensions that can be made. */
  readonly extensions: readonly string[];
  readonly roles: readonly string[];
}

const SERVER = `
  SELECT current_setting('server_version') AS server_version, current_setting('server_version_num')::int AS server_version_num,
         r.rolsuper AS is_superuser, r.rolcreatedb OR r.rolsuper AS can_create,
         r.rolcreaterole OR r.rolsuper AS can_create_roles,
         pg_has_role(d.datdba, 'USAGE') AS owns_target,
         pg_is_in_recovery() AS is_standby,
         (SELECT count(*) FROM pg_prepared_xacts WHERE database = d.datname) AS prepared,
         (SELECT coalesce(array_agg(name::text), '{}') FROM pg_available_extensions) AS extensions,
         (SELECT coalesce(array_agg(rolname::text), '{}') FROM pg_roles r WHERE NOT ${IS_PLACEHOLDER}) AS roles
    FROM pg_roles r, pg_database d
   WHERE r.rolname = current_user AND d.datname = $1`;

/** @param admin connected to the maintenance database */
export async function readServerFacts(admin: pg.Client, target: string): Promise<ServerFacts> {
  const { rows } = await admin.query<ServerFacts>(SERVER, [target]);
  const row = rows[0];
  if (row === undefined) throw new Error('the server does not list the target database or the role');
  return row;
}
