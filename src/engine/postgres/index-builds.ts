import { archiveEntries } from './archive-entries';
import { type ArchiveSource } from './archive-list';
import type { RelationName } from './dump-plan';
import { IDENTIFIER, namesIn } from './role-list';
import { archiveList, isListed } from './table-of-contents';
import type { PostgresTools } from './tools';

/** An index, or a constraint that makes one, which needs nothing but the rows of its table. */
export interface IndexBuild {
  readonly table: RelationName;
  /** Its line in the table of contents. */
  readonly line: string;
}

const RELATION = `(${IDENTIFIER})\\.(${IDENTIFIER})`;
const ON_TABLE: Readonly<Record<string, RegExp>> = {
  INDEX: new RegExp(`^CREATE (?:UNIQUE )?INDEX ${IDENTIFIER} ON (?:ONLY )?${RELATION} `, 'm'),
  CONSTRAINT: new RegExp(`^ALTER TABLE (?:ONLY )?${RELATION}\\s+ADD CONSTRAINT `, 'm'),
};
/** A function or operator outside of `pg_catalog`: it may look at other tables, whatever it says of itself. */
const OWN_FUNCTION = new RegExp(`\\.${IDENTIFIER}\\(|OPERATOR\\(`);

/**
 * The indexes of some tables that can be built as soon as the rows of their table are loaded, in the archive's order.
 *
 * @throws ToolError, the signal's reason, or what the archive's source throws
 */
export async function findIndexBuilds(
  tools: PostgresTools,
  archive: ArchiveSource,
  isWanted: (table: RelationName) => boolean,
  signal: AbortSignal,
): Promise<IndexBuild[]> {
  const found: { table: RelationName; entry: string }[] = [];
  for await (const { type, schema, name, sql } of archiveEntries(tools, archive(), signal)) {
    const table = tableOf(type, sql);
    if (table === undefined || OWN_FUNCTION.test(sql) || !isWanted(table)) continue;
    found.push({ table, entry: `${type} ${schema} ${name}` });
  }
  if (found.length === 0) return [];
  const list = await archiveList(tools, archive(), signal);
  return found.flatMap(({ table, entry }) => {
    const lines = list.filter((line) => isListed(line, entry));
    // A name that the beginning of another one is left to the end.
    return lines.length === 1 ? lines.map((line) => ({ table, line })) : [];
  });
}

function tableOf(type: string, sql: string): RelationName | undefined {
  const [, schema, name] = ON_TABLE[type]?.exec(sql) ?? [];
  const [schemaName, tableName] = [...namesIn(schema ?? ''), ...namesIn(name ?? '')];
  return schemaName === undefined || tableName === undefined ? undefined : { schema: schemaName, name: tableName };
}
