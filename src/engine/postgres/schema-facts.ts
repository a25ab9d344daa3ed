import type { ArchiveEntry } from './archive-entries';
import type { RelationName } from './relation-name';
import { archiveEntries } from './archive-entries';
import { IDENTIFIER, IDENTIFIERS, namesIn, unquoted } from './identifiers';
import type { PostgresTools } from './tools';

/** A foreign key in an archive. */
interface ArchivedKey {
  /** Its entry in the table of contents: type, schema and name. */
  readonly entry: string;
  /** For people: the table and the constraint. */
  readonly name: string;
  readonly table: RelationName;
  readonly references: RelationName;
}

/** A policy for row-level security, or a user mapping, in an archive. */
interface ForRoles {
  readonly entry: string;
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
  readonly extensions: readonly string[];
  readonly eventTriggers: readonly string[];
  /** Publications of all tables. */
  readonly wholePublications: readonly string[];
  readonly tablespaces: ReadonlySet<string>;
  readonly foreignKeys: readonly ArchivedKey[];
  readonly policies: readonly ForRoles[];
  readonly userMappings: readonly ForRoles[];
  /** Columns of the tables in `public` that rows are given for. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
  /** Constraints that were never validated, `schema.table.name`. */
  readonly unvalidated: ReadonlySet<string>;
}

const NAME = `(${IDENTIFIER})`;
const FOREIGN_KEY = new RegExp(
  `^ALTER TABLE (?:ONLY )?${NAME}\\.${NAME}\\s+ADD CONSTRAINT ${NAME} FOREIGN KEY \\([^)]*\\) REFERENCES ${NAME}\\.${NAME}\\(`,
  'm',
);
const CONSTRAINT = new RegExp(`^ALTER TABLE (?:ONLY )?${NAME}\\.${NAME}\\s+ADD CONSTRAINT ${NAME} `, 'm');
const POLICY_ROLES = new RegExp(
  `^CREATE POLICY ${IDENTIFIER} ON ${IDENTIFIER}\\.${IDENTIFIER}(?: AS RESTRICTIVE)?(?: FOR \\w+)? TO (${IDENTIFIERS})(?: |;)`,
  'm',
);
const USER_MAPPING_ROLE = new RegExp(`^CREATE USER MAPPING FOR (${IDENTIFIER}) SERVER `, 'm');
const COLUMN = new RegExp(`^    ${NAME} `);
const NOBODY: ReadonlySet<string> = new Set(['public', 'current_user', 'session_user']);

/**
 * Reads the schema in an archive.
 *
 * @throws ToolError, what the archive's source throws, or the signal's reason
 */
export async function readSchemaFacts(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<SchemaFacts> {
  const facts = {
    serverMajor: 0,
    dumpMajor: 0,
    owners: new Set<string>(),
    extensions: [] as string[],
    eventTriggers: [] as string[],
    wholePublications: [] as string[],
    tablespaces: new Set<string>(),
    foreignKeys: [] as ArchivedKey[],
    policies: [] as ForRoles[],
    userMappings: [] as ForRoles[],
    columns: new Map<string, readonly string[]>(),
    unvalidated: new Set<string>(),
  };
  for await (const entry of archiveEntries(tools, archive, signal)) {
    const { type, name, sql, owner, tablespace } = entry;
    // A publication's or an event trigger's owner is set by a statement like any other's.
    if (/ OWNER TO \S/.test(sql) && owner !== '' && owner !== '-') facts.owners.add(owner);
    if (tablespace !== undefined) facts.tablespaces.add(tablespace);
    if (type === '') {
      facts.serverMajor = majorIn(/^-- Dumped from database version (\d+)/m, sql);
      facts.dumpMajor = majorIn(/^-- Dumped by pg_dump version (\d+)/m, sql);
    }
    if (type === 'EXTENSION') facts.extensions.push(name);
    if (type === 'EVENT TRIGGER') facts.eventTriggers.push(name);
    if (type === 'PUBLICATION' && sql.includes(' FOR ALL TABLES')) facts.wholePublications.push(name);
    if (type === 'FK CONSTRAINT') facts.foreignKeys.push(...foreignKey(entry));
    if (type === 'TABLE' && entry.schema === 'public') facts.columns.set(name, columnsOf(sql));
    if (type === 'POLICY') facts.policies.push(policy(entry));
    if (type === 'USER MAPPING') facts.userMappings.push(userMapping(entry));
    if (type.endsWith('CONSTRAINT') && sql.includes(' NOT VALID;')) facts.unvalidated.add(constraintName(sql));
  }
  return facts;
}

function majorIn(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

function entryOf({ type, schema, name }: ArchiveEntry): string {
  return `${type} ${schema} ${name}`;
}

function foreignKey(entry: ArchiveEntry): ArchivedKey[] {
  const [, schema, table, name, refSchema, refTable] = (FOREIGN_KEY.exec(entry.sql) ?? []).map(unquoted);
  if (schema === undefined || table === undefined || refSchema === undefined || refTable === undefined) return [];
  return [
    {
      entry: entryOf(entry),
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
  const roles = namesIn(POLICY_ROLES.exec(entry.sql)?.[1] ?? '');
  return {
    entry: entryOf(entry),
    name: `${entry.schema}.${entry.name.replace(' ', '.')}`,
    roles: roles.filter((role) => !NOBODY.has(role.toLowerCase())),
  };
}

function userMapping(entry: ArchiveEntry): ForRoles {
  return {
    entry: entryOf(entry),
    name: entry.name.replace(/^USER MAPPING /, ''),
    roles: namesIn(USER_MAPPING_ROLE.exec(entry.sql)?.[1] ?? ''),
  };
}

function constraintName(sql: string): string {
  return (CONSTRAINT.exec(sql) ?? []).slice(1).map(unquoted).join('.');
}
