import type { BackupIndex } from '../../container/read/backup-reader';
import type { ArchiveEntry, ArchiveHead } from './archive-toc';
import { CAPTURED, IDENTIFIER, unquoted } from '../server/identifiers';
import { type LoadedCode, LoadedCodeFinder } from './loaded-code';
import { defaultGranters, mentionedRoles } from './mentioned-roles';
import { keyOf, type RelationName } from '../server/relation-name';
import { type RoutineSetting, routineSettings, superuserNeed } from './superuser-entries';

/** A foreign key in an archive. */
interface ArchivedKey {
  /** Its number in the archive. */
  readonly id: number;
  /** For people: the table and the constraint. */
  readonly name: string;
  readonly table: RelationName;
  readonly references: RelationName;
}

/** A policy for row-level security, or a user mapping, in an archive. */
interface ForRoles {
  /** Its number in the archive. */
  readonly id: number;
  readonly name: string;
  readonly roles: readonly string[];
}

/** What the schema in an archive says of itself, as far as a restore has to know it beforehand. */
export interface SchemaFacts {
  /** Of the server that was dumped, and of the pg_dump that did it; 0 when it does not say. */
  readonly serverMajor: number;
  readonly dumpMajor: number;
  /** Roles that own something. */
  readonly owners: ReadonlySet<string>;
  /** Roles that the archive says anything of: owners, and those of rights, default rights, policies and user mappings. */
  readonly roles: ReadonlySet<string>;
  /** Owners that the server takes only when they are superusers. */
  readonly superuserOwners: ReadonlySet<string>;
  readonly extensions: readonly string[];
  /** Languages that are written without their handler, as if they were extensions. */
  readonly bareLanguages: readonly string[];
  readonly eventTriggers: readonly string[];
  /** What only a superuser may make, in words for people. */
  readonly ofSuperusers: readonly string[];
  /** Settings that functions have for themselves. */
  readonly routineSettings: readonly RoutineSetting[];
  /** Roles whose default privileges are set. */
  readonly defaultGranters: ReadonlySet<string>;
  readonly subscriptions: readonly string[];
  readonly tablespaces: ReadonlySet<string>;
  readonly foreignKeys: readonly ArchivedKey[];
  readonly policies: readonly ForRoles[];
  readonly userMappings: readonly ForRoles[];
  /** Columns of the tables that rows are given for, by `keyOf`. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Constraints that were never validated, `schema.table.name`. */
  readonly unvalidated: ReadonlySet<string>;
  /** What calls functions of the backup while it is loaded. */
  readonly code: readonly LoadedCode[];
}

/** The last may be one over time. */
const KEY_COLUMNS = `${IDENTIFIER}(?:, (?:PERIOD )?${IDENTIFIER})*`;
const FOREIGN_KEY = new RegExp(
  `^ALTER TABLE (?:ONLY )?${CAPTURED}\\.${CAPTURED}\\s+ADD CONSTRAINT ${CAPTURED} FOREIGN KEY \\(${KEY_COLUMNS}\\) REFERENCES ${CAPTURED}\\.${CAPTURED}\\(`,
  'm',
);
const CONSTRAINT = new RegExp(
  `^ALTER (?:FOREIGN )?TABLE (?:ONLY )?${CAPTURED}\\.${CAPTURED}\\s+ADD CONSTRAINT ${CAPTURED} `,
  'm',
);
const BARE_LANGUAGE = new RegExp(`^CREATE .*LANGUAGE ${CAPTURED};`, 'm');
const COLUMN = new RegExp(`^    ${CAPTURED} `);

/** What belongs to superusers alone. */
const OF_SUPERUSERS: ReadonlySet<string> = new Set(['EVENT TRIGGER', 'FOREIGN DATA WRAPPER', 'SUBSCRIPTION']);

/** Gathers what a schema says of itself while its table of contents goes by. */
export class SchemaFactFinder {
  private readonly facts = {
    serverMajor: 0,
    dumpMajor: 0,
    owners: new Set<string>(),
    roles: new Set<string>(),
    superuserOwners: new Set<string>(),
    extensions: [] as string[],
    bareLanguages: [] as string[],
    eventTriggers: [] as string[],
    ofSuperusers: [] as string[],
    routineSettings: [] as RoutineSetting[],
    defaultGranters: new Set<string>(),
    subscriptions: [] as string[],
    tablespaces: new Set<string>(),
    foreignKeys: [] as ArchivedKey[],
    policies: [] as ForRoles[],
    userMappings: [] as ForRoles[],
    columns: new Map<string, readonly string[]>(),
    unvalidated: new Set<string>(),
  };
  private readonly code = new LoadedCodeFinder();

  begin({ serverVersion, dumpVersion }: ArchiveHead): void {
    this.facts.serverMajor = Number.parseInt(serverVersion, 10) || 0;
    this.facts.dumpMajor = Number.parseInt(dumpVersion, 10) || 0;
  }

  add(entry: ArchiveEntry): void {
    const { facts } = this;
    const { type, name, sql, owner, tablespace } = entry;
    this.code.add(entry);
    const isOfAllTables = type === 'PUBLICATION' && sql.includes(' FOR ALL TABLES');
    if (entry.isGivenToOwner) facts.owners.add(owner);
    if (entry.isGivenToOwner && (OF_SUPERUSERS.has(type) || isOfAllTables)) facts.superuserOwners.add(owner);
    for (const role of mentionedRoles(entry)) facts.roles.add(role);
    if (tablespace !== '') facts.tablespaces.add(tablespace);
    if (type === 'EXTENSION') facts.extensions.push(name);
    if (type === 'PROCEDURAL LANGUAGE' && BARE_LANGUAGE.test(sql)) facts.bareLanguages.push(name);
    if (type === 'EVENT TRIGGER') facts.eventTriggers.push(name);
    if (type === 'SUBSCRIPTION') facts.subscriptions.push(name);
    if (type === 'DEFAULT ACL') for (const role of defaultGranters(entry)) facts.defaultGranters.add(role);
    const need = superuserNeed(entry);
    if (need !== undefined) facts.ofSuperusers.push(need);
    facts.routineSettings.push(...routineSettings(entry));
    if (type === 'FK CONSTRAINT') facts.foreignKeys.push(...foreignKey(entry));
    if (type === 'TABLE') facts.columns.set(keyOf(entry), columnsOf(sql));
    if (type === 'POLICY') facts.policies.push(policy(entry));
    if (type === 'USER MAPPING') facts.userMappings.push(userMapping(entry));
    if (type.endsWith('CONSTRAINT') && sql.includes(' NOT VALID;')) facts.unvalidated.add(constraintName(sql));
  }

  found(): SchemaFacts {
    return { ...this.facts, code: this.code.found() };
  }
}

/**
 * The roles that a backup needs. The manifest's list has those that the server knew to be needed, and not the one that the server
 * was made with, which it never counts; the archive has those that it names.
 */
export function rolesNeeded(index: BackupIndex, facts: SchemaFacts): string[] {
  return [...new Set([...index.roles, ...facts.roles])].sort();
}

function foreignKey(entry: ArchiveEntry): ArchivedKey[] {
  const [, schema, table, name, refSchema, refTable] = (FOREIGN_KEY.exec(entry.sql) ?? []).map(unquoted);
  if (schema === undefined || table === undefined || refSchema === undefined || refTable === undefined) return [];
  return [
    {
      id: entry.id,
      name: `${schema}.${table}.${name ?? ''}`,
      table: { schema, name: table },
      references: { schema: refSchema, name: refTable },
    },
  ];
}

/** Columns are one to a line; a line that goes on with an expression does not follow a comma. */
function columnsOf(sql: string): string[] {
  const columns: string[] = [];
  let before = '';
  for (const line of sql.split('\n')) {
    const [, column] = COLUMN.exec(line) ?? [];
    const isFirst = before.startsWith('CREATE ') && before.endsWith('(');
    if (column !== undefined && (isFirst || before.endsWith(',')) && !line.includes(' GENERATED ALWAYS AS (')) {
      columns.push(unquoted(column));
    }
    before = line;
  }
  return columns;
}

function policy(entry: ArchiveEntry): ForRoles {
  return {
    id: entry.id,
    name: `${entry.schema}.${entry.name.replace(' ', '.')}`,
    roles: mentionedRoles(entry),
  };
}

function userMapping(entry: ArchiveEntry): ForRoles {
  return { id: entry.id, name: entry.name.replace(/^USER MAPPING /, ''), roles: mentionedRoles(entry) };
}

function constraintName(sql: string): string {
  return (CONSTRAINT.exec(sql) ?? []).slice(1).map(unquoted).join('.');
}
