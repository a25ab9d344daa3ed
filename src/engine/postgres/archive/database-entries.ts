import pg from 'pg';
import { type ArchiveEntry, archiveEntries, type ArchiveSource } from './archive-toc';
import { IDENTIFIER } from '../server/identifiers';

/** What an archive says of its database as a whole. */
export interface DatabaseStatements {
  /** Options of CREATE DATABASE: encoding and locale; `undefined` when the archive does not say. */
  readonly createOptions: string | undefined;
  /** Its owner; empty when the archive does not say. */
  readonly owner: string;
  /** Settings and connection limit, for a database of another name; empty when there are none. */
  readonly properties: string;
  /** Its comment. */
  readonly comment: string;
  /** Who may do what with it. */
  readonly grants: string;
}

const CREATE = new RegExp(`^CREATE DATABASE ${IDENTIFIER} WITH TEMPLATE = template0 (.*);$`, 'm');
const TABLESPACE = new RegExp(` TABLESPACE = ${IDENTIFIER}$`);

/** Of the entries that have to do with it. */
const KINDS: ReadonlySet<string> = new Set(['DATABASE', 'DATABASE PROPERTIES', 'COMMENT', 'ACL']);

/** Where a statement about a database names it, as pg_dump writes it at the beginning of a line. */
const NAMES_DATABASE = new RegExp(
  `^((?:ALTER DATABASE|COMMENT ON DATABASE|ALTER ROLE ${IDENTIFIER} IN DATABASE|(?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE) )${IDENTIFIER}`,
  'gm',
);

/**
 * Reads it. pg_dump puts it into every archive of a whole database.
 *
 * @param archive of the schema
 * @param database under which name the database is made
 * @throws as {@link archiveEntries}
 */
export async function databaseStatements(archive: ArchiveSource, database: string): Promise<DatabaseStatements> {
  const entries: ArchiveEntry[] = [];
  for await (const entry of archiveEntries(archive())) if (KINDS.has(entry.type)) entries.push(entry);
  const sqlOf = (type: string, isMeant: (name: string) => boolean = () => true): string =>
    entries
      .filter((entry) => entry.type === type && isMeant(entry.name))
      .map(({ sql }) => sql.trim())
      .join('\n');
  const ofDatabase = (name: string): boolean => name.startsWith('DATABASE ');
  const renamed = (sql: string): string =>
    sql.replace(NAMES_DATABASE, (_, intro: string) => `${intro}${pg.escapeIdentifier(database)}`);
  return {
    createOptions: CREATE.exec(sqlOf('DATABASE'))?.[1]?.replace(TABLESPACE, ''),
    owner: entries.find(({ type }) => type === 'DATABASE')?.owner ?? '',
    properties: renamed(sqlOf('DATABASE PROPERTIES')),
    comment: renamed(sqlOf('COMMENT', ofDatabase)),
    grants: renamed(sqlOf('ACL', ofDatabase)),
  };
}
