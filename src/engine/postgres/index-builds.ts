import { archiveEntries } from './archive-entries';
import type { ArchiveSource } from './archive-list';
import type { RelationName } from './relation-name';
import { IDENTIFIER, unquoted } from './identifiers';
import type { PostgresTools } from './tools';

/** An index or a key of an archive: what is built over the rows of a table. */
export interface IndexBuild {
  readonly table: RelationName;
  /** Its entry in the table of contents: type, schema and name. */
  readonly entry: string;
  /** It needs nothing but the rows of its table. */
  readonly isIndependent: boolean;
  /** A constraint is made under a lock that lets nobody else build over the same table. */
  readonly isExclusive: boolean;
  /** Not a btree: it takes several times as long, and the server lends it no parallel workers. */
  readonly isSlow: boolean;
  /** It collects in memory what it will insert. */
  readonly isGin: boolean;
}

const RELATION = `(${IDENTIFIER})\\.(${IDENTIFIER})`;
const ADD_CONSTRAINT = `^ALTER TABLE (?:ONLY )?${RELATION}\\s+ADD CONSTRAINT `;
const FOREIGN_KEY = 'FK CONSTRAINT';
const ON_TABLE: Readonly<Record<string, RegExp>> = {
  INDEX: new RegExp(`^CREATE (?:UNIQUE )?INDEX ${IDENTIFIER} ON (?:ONLY )?${RELATION} `, 'm'),
  CONSTRAINT: new RegExp(ADD_CONSTRAINT, 'm'),
  [FOREIGN_KEY]: new RegExp(ADD_CONSTRAINT, 'm'),
};
const GIN = / USING gin \(/;
const SLOW_METHOD = / USING (?!btree|hash|brin)\w+ \(/;
/** A function or operator outside of `pg_catalog`: it may look at other tables, whatever it says of itself. */
const OWN_FUNCTION = new RegExp(`\\.${IDENTIFIER}\\(|OPERATOR\\(`);

/**
 * What is built over the tables of an archive, in its order.
 *
 * @throws ToolError, the signal's reason, or what the archive's source throws
 */
export async function readIndexBuilds(
  tools: PostgresTools,
  archive: ArchiveSource,
  signal: AbortSignal,
): Promise<IndexBuild[]> {
  const builds: IndexBuild[] = [];
  for await (const { type, schema, name, sql } of archiveEntries(tools, archive(), signal)) {
    const [, tableSchema, tableName] = (ON_TABLE[type]?.exec(sql) ?? []).map(unquoted);
    if (tableSchema === undefined || tableName === undefined) continue;
    builds.push({
      table: { schema: tableSchema, name: tableName },
      entry: `${type} ${schema} ${name}`,
      isExclusive: type !== 'INDEX',
      isSlow: SLOW_METHOD.test(sql),
      isGin: GIN.test(sql),
      isIndependent: type !== FOREIGN_KEY && !OWN_FUNCTION.test(sql),
    });
  }
  return builds;
}
