import pg from 'pg';
import type { ArchiveEntry } from './archive-toc';
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

/** Of the entries that are about it alone. */
const KINDS: ReadonlySet<string> = new Set(['DATABASE', 'DATABASE PROPERTIES']);
/** Of those that say something of it, or of anything else. */
const SAYINGS: ReadonlySet<string> = new Set(['COMMENT', 'ACL']);

/** Where a statement about a database names it, as pg_dump writes it at the beginning of a line. */
const NAMES_DATABASE = new RegExp(
  `^((?:ALTER DATABASE|COMMENT ON DATABASE|ALTER ROLE ${IDENTIFIER} IN DATABASE|(?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE) )${IDENTIFIER}`,
  'gm',
);

/** Whether an entry has to do with the database as a whole. */
export function isOfDatabase({ type, name }: Pick<ArchiveEntry, 'type' | 'name'>): boolean {
  return KINDS.has(type) || (SAYINGS.has(type) && name.startsWith('DATABASE '));
}

/**
 * What entries say of it. pg_dump puts them into every archive of a whole database.
 *
 * @param entries those of which {@link isOfDatabase} is true
 * @param database under which name the database is made
 */
export function databaseStatements(entries: readonly ArchiveEntry[], database: string): DatabaseStatements {
  const sqlOf = (type: string): string =>
    entries
      .filter((entry) => entry.type === type)
      .map(({ sql }) => sql.trim())
      .join('\n');
  const renamed = (sql: string): string =>
    sql.replace(NAMES_DATABASE, (_, intro: string) => `${intro}${pg.escapeIdentifier(database)}`);
  return {
    createOptions: CREATE.exec(sqlOf('DATABASE'))?.[1]?.replace(TABLESPACE, ''),
    owner: entries.find(({ type }) => type === 'DATABASE')?.owner ?? '',
    properties: renamed(sqlOf('DATABASE PROPERTIES')),
    comment: renamed(sqlOf('COMMENT')),
    grants: renamed(sqlOf('ACL')),
  };
}
