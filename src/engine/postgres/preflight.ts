import type pg from 'pg';
import type { BackupIndex } from '../backup-reader';
import { readSchemaVersion } from './facts';
import type { PostgresTools } from './tools';

/** By another database of the same name, in one transaction, or only some tables of it, in one transaction. */
type Strategy = 'swap' | 'in_place' | 'scoped';

/** What a restore needs to know of the target before it begins. */
export interface Compatibility {
  /** How a restore would replace the target. */
  readonly strategy: Strategy;
  readonly server_version: string;
  readonly backup_server_version: string;
  readonly target_schema_version?: number | string;
  readonly backup_schema_version?: number | string;
  /** Migrations have been written since the backup was made. */
  readonly is_older_schema: boolean;
  /** Extensions of the backup that this server cannot provide. */
  readonly missing_extensions: readonly string[];
  /** Roles of the backup that this server does not have: what they own will belong to the restoring role. */
  readonly missing_roles: readonly string[];
  /** Whether the role may make the database that a rehearsal or a swap loads into. */
  readonly can_create_databases: boolean;
  /** Without the right to make roles, owners and grants cannot be loaded when a role is missing. */
  readonly ownership: 'keep' | 'leave out';
  /** What stands in the way of a restore, in words for people; with none a restore can begin. */
  readonly problems: readonly string[];
}

interface ServerRow {
  server_version: string;
  server_version_num: number;
  is_superuser: boolean;
  can_create: boolean;
  can_create_roles: boolean;
  owns_target: boolean;
  can_end_sessions: boolean;
  prepared: string;
  extensions: string[];
  roles: string[];
}

const SERVER = `
  SELECT current_setting('server_version') AS server_version, current_setting('server_version_num')::int AS server_version_num,
         r.rolsuper AS is_superuser, r.rolcreatedb OR r.rolsuper AS can_create,
         r.rolcreaterole OR r.rolsuper AS can_create_roles,
         pg_has_role(d.datdba, 'USAGE') AS owns_target,
         r.rolsuper OR pg_has_role('pg_signal_backend', 'USAGE') AS can_end_sessions,
         (SELECT count(*) FROM pg_prepared_xacts WHERE database = d.datname) AS prepared,
         (SELECT coalesce(array_agg(name::text), '{}') FROM pg_available_extensions) AS extensions,
         (SELECT coalesce(array_agg(rolname::text), '{}') FROM pg_roles) AS roles
    FROM pg_roles r, pg_database d
   WHERE r.rolname = current_user AND d.datname = $1`;

/**
 * Compares a backup with the server it would be restored to, and finds what would break before anything is touched.
 *
 * @param admin connected to the maintenance database
 * @param targetClient connected to the target
 */
export async function checkCompatibility(order: {
  readonly admin: pg.Client;
  readonly targetClient: pg.Client;
  readonly targetName: string;
  readonly index: BackupIndex;
  /** Roles that the backup mentions. */
  readonly roles: readonly string[];
  /** A restore of some tables needs no right on the database itself. */
  readonly isScoped: boolean;
  readonly wanted: 'auto' | 'swap' | 'in_place';
  readonly tools: PostgresTools;
  /** Free space of the server, bytes, when it is known. */
  readonly freeBytes: number | undefined;
  /** Something between us and the server lends out sessions for single transactions. */
  readonly sharesSessions: boolean;
  readonly schemaVersionQuery?: string | undefined;
}): Promise<Compatibility> {
  const { index, tools } = order;
  const server = await serverRow(order.admin, order.targetName);
  const targetVersion = await readSchemaVersion(order.targetClient, order.schemaVersionQuery);
  const missingExtensions = index.extensions
    .map(({ name }) => name)
    .filter((name) => !server.extensions.includes(name));
  const strategy = strategyFor(order, server);
  const missingRoles = order.roles.filter((role) => !server.roles.includes(role));
  return {
    strategy,
    server_version: server.server_version,
    backup_server_version: index.database.server_version,
    ...(targetVersion === undefined ? {} : { target_schema_version: targetVersion }),
    ...(index.database.schema_version === undefined ? {} : { backup_schema_version: index.database.schema_version }),
    is_older_schema: isNumberBelow(index.database.schema_version, targetVersion),
    missing_extensions: missingExtensions,
    missing_roles: missingRoles,
    can_create_databases: server.can_create,
    ownership: missingRoles.length > 0 && !server.can_create_roles ? 'leave out' : 'keep',
    problems: [
      ...versionProblems(server, index, tools),
      ...schemaProblems(index.database.schema_version, targetVersion),
      ...missingExtensions.map((name) => `the extension ${name} is not available on the server`),
      ...rightProblems(server, strategy),
      ...spaceProblems(order.freeBytes, index, strategy),
      ...(order.sharesSessions
        ? ['a proxy in front of the target shares sessions between clients (transaction pooling)']
        : []),
    ],
  };
}

async function serverRow(admin: pg.Client, target: string): Promise<ServerRow> {
  const { rows } = await admin.query<ServerRow>(SERVER, [target]);
  const row = rows[0];
  if (row === undefined) throw new Error('the server does not list the target database or the role');
  return row;
}

function versionProblems(server: ServerRow, index: BackupIndex, tools: PostgresTools): string[] {
  const major = (versionNum: number): number => Math.floor(versionNum / 10_000);
  const [here, there] = [major(server.server_version_num), major(index.database.server_version_num)];
  const dumpedBy = Number.parseInt(index.tools.pg_dump, 10) || 0;
  return [
    ...(here < there ? [`the server is PostgreSQL ${here}, older than the backup, which is from ${there}`] : []),
    ...(major(tools.versionNum) < dumpedBy
      ? [`pg_restore ${major(tools.versionNum)} is older than the pg_dump ${dumpedBy} that made the backup`]
      : []),
  ];
}

function schemaProblems(backup: number | string | undefined, target: number | string | undefined): string[] {
  if (backup === undefined || target === undefined || !isNumberBelow(target, backup)) return [];
  return [`the backup's schema version ${backup} is newer than the target's ${target}`];
}

/** Versions that are no numbers have no order that we know. */
function isNumberBelow(a: number | string | undefined, b: number | string | undefined): boolean {
  return typeof a === 'number' && typeof b === 'number' && a < b;
}

/** Renaming keeps the old database and is never half done; without the right to it, one transaction does the same in place. */
function strategyFor(order: { isScoped: boolean; wanted: 'auto' | 'swap' | 'in_place' }, server: ServerRow): Strategy {
  if (order.isScoped) return 'scoped';
  if (order.wanted !== 'auto') return order.wanted;
  return server.can_create || !server.owns_target ? 'swap' : 'in_place';
}

function rightProblems(server: ServerRow, strategy: Strategy): string[] {
  if (strategy === 'scoped') return [];
  return [
    ...(server.can_create || strategy === 'in_place' ? [] : ['the role may not create databases (CREATEDB)']),
    ...(server.owns_target || server.is_superuser ? [] : ['the role does not own the target database']),
    ...(server.can_end_sessions ? [] : ['the role may not end sessions (pg_signal_backend)']),
    ...(server.prepared === '0' ? [] : ['the target has prepared transactions, which hold locks in it']),
  ];
}

/** What was there once needs about as much again beside what is there now; rows replaced in place live twice until the commit. */
function spaceProblems(freeBytes: number | undefined, index: BackupIndex, strategy: Strategy): string[] {
  const neededBytes = strategy === 'scoped' ? sizeOf(index) : Math.max(index.database.size_bytes, sizeOf(index));
  if (freeBytes === undefined || freeBytes >= neededBytes) return [];
  return [`the server has ${megabytes(freeBytes)} MB free and the backup needs about ${megabytes(neededBytes)} MB`];
}

function sizeOf(index: BackupIndex): number {
  return index.tables.reduce((sum, { bytes }) => sum + bytes, 0);
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
