import pg from 'pg';
import { type ArchiveSource, listEntries, sqlOfEntries } from './archive-list';
import { IDENTIFIER } from './identifiers';
import type { PostgresTools } from './tools';

/** What an archive says of its database as a whole. */
export interface DatabaseStatements {
  /** Options of CREATE DATABASE: encoding and locale; `undefined` when the archive does not say. */
  readonly createOptions: string | undefined;
  /** Settings and connection limit, for a database of another name; empty when there are none. */
  readonly properties: string;
  /** Its comment. */
  readonly comment: string;
  /** Who may do what with it. */
  readonly grants: string;
}

const CREATE = new RegExp(`^CREATE DATABASE ${IDENTIFIER} WITH TEMPLATE = template0 (.*);$`, 'm');
const TABLESPACE = new RegExp(` TABLESPACE = ${IDENTIFIER}$`);

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
 * @throws ToolError, the signal's reason, or what the archive's source throws
 */
export async function databaseStatements(
  tools: PostgresTools,
  archive: ArchiveSource,
  database: string,
  signal: AbortSignal,
): Promise<DatabaseStatements> {
  const entries = await listEntries(tools, archive, signal);
  /** Each kind by itself: what is run is exactly what pg_dump has written for it. */
  const sqlOf = async (type: string, isMeant: (rest: string) => boolean = () => true): Promise<string> => {
    const meant = entries.filter((entry) => entry.type === type && isMeant(entry.rest));
    return (await sqlOfEntries(tools, archive, meant, signal)).join('\n');
  };
  const ofDatabase = (rest: string): boolean => rest.startsWith('- DATABASE ');
  const renamed = (sql: string): string =>
    sql.replace(NAMES_DATABASE, (_, intro: string) => `${intro}${pg.escapeIdentifier(database)}`);
  return {
    createOptions: CREATE.exec(await sqlOf('DATABASE'))?.[1]?.replace(TABLESPACE, ''),
    properties: renamed(await sqlOf('DATABASE PROPERTIES')),
    comment: renamed(await sqlOf('COMMENT', ofDatabase)),
    grants: renamed(await sqlOf('ACL', ofDatabase)),
  };
}
