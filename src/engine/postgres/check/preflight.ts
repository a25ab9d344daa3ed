import type pg from 'pg';
import type { BackupIndex } from '../../container/read/backup-reader';
import { type Finding, problem, warning } from '../../findings/finding';
import type { Origin } from '../archive/archive';
import type { SchemaFacts } from '../archive/schema-facts';
import { type DatabaseProperties, readProperties } from '../database/database-properties';
import { readSchemaVersion } from '../server/database-facts';
import type { RelationName } from '../server/relation-name';
import type { PostgresTools } from '../server/tools';
import { boundExtensions } from './bound-extensions';
import { codeWarnings } from './code-warnings';
import { connectionWarnings } from './new-database-access';
import { serverWarnings } from './restore-rights';
import { rightsToLoad } from './rights-to-load';
import type { ServerFacts } from './server-facts';
import { spaceFindings } from './space-findings';
import { isOlderSchema, schemaProblems, type SchemaVersion, versionProblems } from './version-findings';

/** What a restore needs to know of the target before it begins. */
export interface Compatibility {
  /** The strategy that would restore the backup here. */
  readonly strategy: string;
  readonly serverVersion: string;
  readonly backupServerVersion: string;
  readonly targetSchemaVersion?: SchemaVersion;
  readonly backupSchemaVersion?: SchemaVersion;
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

/** What a strategy may ask about. */
export interface Question {
  /** Connected to the maintenance database. */
  readonly admin: pg.Client;
  /** Connected to the target; absent when it accepts no connections. */
  readonly targetClient: pg.Client | undefined;
  readonly targetName: string;
  readonly server: ServerFacts;
  readonly properties: DatabaseProperties;
  readonly index: BackupIndex;
  readonly facts: SchemaFacts;
  /** Extensions of the backup that the server has. */
  readonly extensions: readonly string[];
  /** Tables whose rows are restored; that needs no right on the database itself. Without them, all of it. */
  readonly scopeTables: readonly RelationName[] | undefined;
  /** Tables whose rows the backup has, each by the table at the top of its partitions. */
  readonly dumpedTables: readonly RelationName[];
  /** The database of the rehearsal is to be kept, and may become the target. */
  readonly isToBeKept: boolean;
  /** The backup is to be loaded while the target is open. */
  readonly isOnline: boolean;
  /** The target is only asked what a restore would meet; a database of its own is loaded. */
  readonly isRehearsal: boolean;
  /** The target is only asked what a restore would meet: what is in the way there for a while is a warning. */
  readonly isDryRun: boolean;
}

/** A way to restore, as far as the check has to know it. */
export interface RestoreWay {
  readonly name: string;
  /** It makes a database of its own, and loads that with several connections. */
  readonly makesDatabase: boolean;
  /** It makes the definitions of the backup, not only rows. */
  readonly loadsDefinitions: boolean;
  /** What is to be known of it alone. */
  findings(question: Question): Promise<Finding[]>;
}

/** What is checked, and against what. */
export interface PreflightOrder extends Omit<Question, 'properties' | 'extensions'> {
  readonly origin: Origin;
  /** Roles that the backup mentions. */
  readonly roles: readonly string[];
  /** The way that would restore the backup, and, for a rehearsal, that of the rehearsal itself. */
  readonly ways: readonly [RestoreWay, ...RestoreWay[]];
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
}

/**
 * Compares a backup with the server it would be restored to, and finds what would break before anything is touched: what is in
 * the way of every restore here, and of the way that is meant by its own account.
 */
export async function checkCompatibility(order: PreflightOrder): Promise<Compatibility> {
  const { index, origin, admin, targetClient, facts, server, ways } = order;
  const [way] = ways;
  const targetVersion =
    targetClient === undefined ? undefined : await readSchemaVersion(targetClient, order.schemaVersionQuery);
  if (server.is_standby) return onStandby(server, index, way);
  const { extensions: all, encoding } = origin;
  const extensions = all.filter((name) => server.extensions.includes(name));
  const missingRoles = order.roles.filter((role) => !server.roles.includes(role));
  const ownership = missingRoles.length > 0 && !server.can_create_roles ? 'leave out' : 'keep';
  const properties = await readProperties(admin, order.targetName);
  const makesDatabase = ways.some((one) => one.makesDatabase);
  const loadsDefinitions = ways.some((one) => one.loadsDefinitions);
  // No other database than the target may have them: a rehearsal of a way that leaves them there does without.
  const isElsewhere = makesDatabase && !way.makesDatabase;
  const notRehearsed = isElsewhere ? boundExtensions(extensions).map(({ extension }) => extension) : [];
  const ofWays: Finding[] = [];
  for (const one of ways) ofWays.push(...(await one.findings({ ...order, properties, extensions })));
  return {
    strategy: way.name,
    serverVersion: server.server_version,
    backupServerVersion: origin.serverVersion,
    targetSchemaVersion: targetVersion,
    backupSchemaVersion: index.database.schema_version,
    isOlderSchema: isOlderSchema(index.database.schema_version, targetVersion),
    missingExtensions: all.filter((name) => !server.extensions.includes(name)),
    missingRoles,
    notRehearsed,
    canCreateDatabases: server.can_create,
    ownership,
    findings: [
      ...(targetClient === undefined ? [warning('target.schema_version_unknown')] : []),
      ...versionProblems(order),
      ...schemaProblems(index.database.schema_version, targetVersion),
      ...extensionProblems(all, order),
      ...(await serverWarnings(
        admin,
        { name: order.targetName, encoding: properties.encoding },
        encoding ?? properties.encoding,
      )),
      ...notRehearsed.map((extension) => warning('extension.not_rehearsed', { extension })),
      ...(loadsDefinitions ? await rightsToLoad(admin, facts, ownership === 'keep') : []),
      ...ofWays,
      ...spaceFindings(order),
      ...(makesDatabase ? order.newDatabaseProblems : []),
      ...(order.sharesSessions ? [problem('sessions.shared')] : []),
      ...(await connectionWarnings(admin, makesDatabase ? order.jobs : 1, order.targetName)),
      ...(loadsDefinitions ? await codeWarnings(admin, facts.code) : []),
    ],
  };
}

/** Nothing else can be said of a server that takes no writes: everything would be in the way. */
function onStandby(server: ServerFacts, index: BackupIndex, way: RestoreWay): Compatibility {
  return {
    strategy: way.name,
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

function extensionProblems(wanted: readonly string[], { server, facts }: PreflightOrder): Finding[] {
  const isMissing = (name: string): boolean => !server.extensions.includes(name);
  return [
    ...wanted.filter(isMissing).map((extension) => problem('extension.unavailable', { extension })),
    ...facts.bareLanguages.filter(isMissing).map((language) => problem('language.without_handler', { language })),
  ];
}
