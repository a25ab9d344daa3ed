import type pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';
import { type Finding, problem, warning } from '../../findings/finding';
import { codeWarnings, codeWarningsOf } from './code-warnings';
import { boundExtensionProblems, boundExtensions } from './bound-extensions';
import { readProperties } from '../database/database-properties';
import { readSchemaVersion } from '../server/database-facts';
import { IS_PLACEHOLDER } from '../load/placeholder-roles';
import { eventTriggerProblems } from './event-trigger-problems';
import { connectionWarnings } from './new-database-access';
import { replaceProblems, replaceWarnings } from './replace-problems';
import { scopeProblems, serverWarnings, settingProblems, tablespaceProblems } from './restore-rights';
import { rightsToLoad } from './rights-to-load';
import { sessionFindings } from './session-findings';
import { slotWarnings } from './slot-warnings';
import { spaceFindings } from './space-findings';
import type { SchemaFacts } from '../archive/schema-facts';
import type { PostgresTools } from '../server/tools';

/** By another database of the same name, in one transaction, or only some tables of it, in one transaction. */
type Strategy = 'swap' | 'in_place' | 'scoped';

/** What a restore needs to know of the target before it begins. */
export interface Compatibility {
  /** How a restore would replace the target. */
  readonly strategy: Strategy;
  readonly serverVersion: string;
  readonly backupServerVersion: string;
  readonly targetSchemaVersion?: number | string | undefined;
  readonly backupSchemaVersion?: number | string | undefined;
  /** Migrations have been written since the backup was made. */
  readonly isOlderSchema: boolean;
  /** Extensions of the backup that this server cannot provide. */
  readonly missingExtensions: readonly string[];
  /** Roles of the backup that this server does not have: what they own will belong to the restoring role. */
  readonly missingRoles: readonly string[];
  /** Extensions that a rehearsal leaves out, with what needs them: no other database than the target may have them. */
  readonly notRehearsed: readonly string[];
  /** Whether the role may make the database that a rehearsal or a swap loads into. */
  readonly canCreateDatabases: boolean;
  /** Without the right to make roles, owners and grants cannot be loaded when a role is missing. */
  readonly ownership: 'keep' | 'leave out';
  /** Without a problem a restore can begin. */
  readonly findings: readonly Finding[];
}

interface ServerRow {
  server_version: string;
  server_version_num: number;
  is_superuser: boolean;
  can_create: boolean;
  can_create_roles: boolean;
  owns_target: boolean;
  prepared: string;
  is_standby: boolean;
  extensions: string[];
  roles: string[];
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

/**
 * Compares a backup with the server it would be restored to, and finds what would break before anything is touched.
 *
 * @param admin connected to the maintenance database
 * @param targetClient connected to the target; absent when the target accepts no connections: a swap does not need one
 */
export async function checkCompatibility(order: {
  readonly admin: pg.Client;
  readonly targetClient: pg.Client | undefined;
  readonly targetName: string;
  readonly index: BackupIndex;
  /** What the reader of the backup answers. */
  readonly isListed: boolean;
  readonly facts: SchemaFacts;
  /** Roles that the backup mentions. */
  readonly roles: readonly string[];
  /** Tables in `public` whose rows are restored; that needs no right on the database itself. Without them, all of it. */
  readonly scopeTables: readonly string[] | undefined;
  /** Tables in `public` whose rows the backup has. */
  readonly dumpedTables: ReadonlySet<string>;
  /** The target is only asked what a restore would meet; a database of its own is loaded. */
  readonly isRehearsal?: boolean;
  /** The target is only asked what a restore would meet: what is in the way there for a while is a warning. */
  readonly isDryRun?: boolean;
  readonly wanted: 'auto' | 'swap' | 'in_place';
  readonly tools: PostgresTools;
  /** Free space of the server, bytes, when it is known. */
  readonly freeBytes: number | undefined;
  /** Connections that load at once. */
  readonly jobs: number;
  /** What keeps us out of the database that a rehearsal or a swap makes. */
  readonly newDatabaseProblems: readonly Finding[];
  /** Something between us and the server lends out sessions for single transactions. */
  readonly sharesSessions: boolean;
  readonly schemaVersionQuery?: string | undefined;
}): Promise<Compatibility> {
  const { index, isListed, tools, admin, targetClient, facts } = order;
  const server = await serverRow(admin, order.targetName);
  const targetVersion =
    targetClient === undefined ? undefined : await readSchemaVersion(targetClient, order.schemaVersionQuery);
  const extensions = isListed ? index.extensions.map(({ name }) => name) : facts.extensions;
  const missingExtensions = extensions.filter((name) => !server.extensions.includes(name));
  const strategy = strategyFor(order, server);
  if (server.is_standby) return onStandby(server, index, strategy);
  const missingRoles = order.roles.filter((role) => !server.roles.includes(role));
  const ownership = missingRoles.length > 0 && !server.can_create_roles ? 'leave out' : 'keep';
  const properties = await readProperties(admin, order.targetName);
  const loads =
    strategy === 'scoped' && order.isRehearsal !== true ? [] : await rightsToLoad(admin, facts, ownership === 'keep');
  const available = extensions.filter((name) => server.extensions.includes(name));
  const loadsInto = { target: order.targetName, isOther: strategy === 'swap' };
  const bound = strategy === 'scoped' ? [] : await boundExtensionProblems(admin, available, loadsInto);
  const notRehearsed =
    order.isRehearsal === true && strategy !== 'swap'
      ? boundExtensions(available).map(({ extension }) => extension)
      : [];
  const makesDatabase = strategy === 'swap' || order.isRehearsal === true;
  return {
    strategy,
    serverVersion: server.server_version,
    backupServerVersion: isListed ? index.database.server_version : String(facts.serverMajor),
    targetSchemaVersion: targetVersion,
    backupSchemaVersion: index.database.schema_version,
    isOlderSchema: isNumberBelow(index.database.schema_version, targetVersion),
    missingExtensions: missingExtensions,
    missingRoles: missingRoles,
    notRehearsed,
    canCreateDatabases: server.can_create,
    ownership,
    findings: [
      ...(targetClient === undefined && strategy !== 'swap' ? [problem('target.closed')] : []),
      ...(targetClient === undefined ? [warning('target.schema_version_unknown')] : []),
      ...versionProblems(server, index, facts, tools),
      ...schemaProblems(index.database.schema_version, targetVersion),
      ...missingExtensions.map((extension) => problem('extension.unavailable', { extension })),
      ...facts.bareLanguages
        .filter((name) => !server.extensions.includes(name))
        .map((language) => problem('language.without_handler', { language })),
      ...bound,
      ...rightProblems(server, strategy),
      ...preparedFindings(server, strategy, order.isDryRun === true),
      ...(await serverWarnings(
        admin,
        { name: order.targetName, encoding: properties.encoding },
        isListed ? index.database.encoding : properties.encoding,
      )),
      ...notRehearsed.map((extension) => warning('extension.not_rehearsed', { extension })),
      ...(strategy === 'scoped' ? [] : await sessionFindings(admin, order.targetName, strategy === 'in_place')),
      ...loads,
      ...(strategy === 'scoped'
        ? []
        : await tablespaceProblems(admin, facts, strategy === 'swap' ? properties : undefined)),
      ...(strategy === 'swap' && order.isRehearsal !== true
        ? await settingProblems(admin, order.targetName, properties)
        : []),
      ...(strategy === 'in_place' && targetClient !== undefined ? await replaceProblems(targetClient) : []),
      ...(order.scopeTables !== undefined && order.isRehearsal !== true && targetClient !== undefined
        ? [
            ...(await scopeProblems(targetClient, facts, order.dumpedTables, order.scopeTables)),
            ...(await eventTriggerProblems(targetClient)),
          ]
        : []),
      ...spaceFindings(order),
      ...(makesDatabase ? order.newDatabaseProblems : []),
      ...(order.sharesSessions ? [problem('sessions.shared')] : []),
      ...(await connectionWarnings(admin, makesDatabase ? order.jobs : 1, order.targetName)),
      ...(strategy === 'scoped' && order.isRehearsal !== true
        ? await targetCode(targetClient)
        : await codeWarnings(admin, facts.code)),
      ...(strategy === 'in_place' && targetClient !== undefined ? await replaceWarnings(targetClient) : []),
      ...(strategy === 'scoped' ? [] : await slotWarnings(admin, order.targetName)),
    ],
  };
}

/** Rows of a scope meet the target's own constraints. */
async function targetCode(targetClient: pg.Client | undefined): Promise<Finding[]> {
  return targetClient === undefined ? [] : codeWarningsOf(targetClient);
}

/** Nothing else can be said of a server that takes no writes: everything would be in the way. */
function onStandby(server: ServerRow, index: BackupIndex, strategy: Strategy): Compatibility {
  return {
    strategy,
    serverVersion: server.server_version,
    backupServerVersion: index.database.server_version,
    isOlderSchema: false,
    missingExtensions: [],
    missingRoles: [],
    notRehearsed: [],
    canCreateDatabases: false,
    ownership: 'leave out',
    findings: [problem('server.standby')],
  };
}

async function serverRow(admin: pg.Client, target: string): Promise<ServerRow> {
  const { rows } = await admin.query<ServerRow>(SERVER, [target]);
  const row = rows[0];
  if (row === undefined) throw new Error('the server does not list the target database or the role');
  return row;
}

function versionProblems(server: ServerRow, index: BackupIndex, facts: SchemaFacts, tools: PostgresTools): Finding[] {
  const major = (versionNum: number): number => Math.floor(versionNum / 10_000);
  const here = major(server.server_version_num);
  // What the manifest does not say, the archive does.
  const there = major(index.database.server_version_num) || facts.serverMajor;
  const dumpedBy = Number.parseInt(index.tools.pg_dump, 10) || facts.dumpMajor;
  return [
    ...(here < there ? [problem('server.older_than_backup', { server: here, backup: there })] : []),
    ...(major(tools.versionNum) < dumpedBy
      ? [problem('tools.older_than_dump', { tool: major(tools.versionNum), dump: dumpedBy })]
      : []),
  ];
}

function schemaProblems(backup: number | string | undefined, target: number | string | undefined): Finding[] {
  if (backup === undefined || target === undefined || !isNumberBelow(target, backup)) return [];
  return [problem('target.older_schema', { backup, target })];
}

/** Versions that are no numbers have no order that we know. */
function isNumberBelow(a: number | string | undefined, b: number | string | undefined): boolean {
  return typeof a === 'number' && typeof b === 'number' && a < b;
}

/** Renaming keeps the old database and is never half done; without the right to it, one transaction does the same in place. */
function strategyFor(
  order: { scopeTables: readonly string[] | undefined; wanted: 'auto' | 'swap' | 'in_place' },
  server: ServerRow,
): Strategy {
  if (order.scopeTables !== undefined) return 'scoped';
  if (order.wanted !== 'auto') return order.wanted;
  return server.can_create || !server.owns_target ? 'swap' : 'in_place';
}

function rightProblems(server: ServerRow, strategy: Strategy): Finding[] {
  if (strategy === 'scoped') return [];
  return [
    ...(server.can_create || strategy === 'in_place' ? [] : [problem('role.cannot_create_databases')]),
    ...(server.owns_target || server.is_superuser ? [] : [problem('role.does_not_own_target')]),
  ];
}

/** A database with prepared transactions cannot be renamed, and they hold locks on tables of it. */
function preparedFindings(server: ServerRow, strategy: Strategy, isDryRun: boolean): Finding[] {
  if (strategy === 'scoped' || server.prepared === '0') return [];
  const found = isDryRun ? warning : problem;
  return [found('target.prepared_transactions')];
}
