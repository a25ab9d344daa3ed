import pg from 'pg';
import { visible } from '../../bytes/visible-text';
import { areRowsCopied } from '../../container/format/row-parts';
import type { BackupReader } from '../../container/read/backup-reader';
import { filterTool } from '../../process/run-tool';
import type { ArchiveSource } from '../archive/archive-toc';
import { ROW_SETTINGS } from '../rows/load-stream';
import { setvalStatements } from '../rows/set-sequences';
import { isAmong, keyOf, type RelationName } from '../server/relation-name';
import type { PostgresTools } from '../server/tools';
import { archivedSequences } from './archived-sequences';
import { type TableDefinitions, tableDefinitions } from './table-definitions';
import { findTable, type FoundTable } from './table-rows';
import { writtenName } from './table-choice';
import { rowStatements } from './table-text';

/** Owners, rights, tablespaces and labels belong to another server. */
const ARGUMENTS = ['--file=-', '--no-owner', '--no-privileges', '--no-tablespaces', '--no-security-labels'];

/** One table of a backup as SQL, ready to be read. */
export interface TableSql {
  readonly table: RelationName;
  /** It is whole only when it has ended without an error. */
  readonly text: AsyncGenerator<Buffer, void, undefined>;
}

/**
 * One table of a backup as statements for `psql` and an empty database: what the table needs, its rows, and what comes after them.
 * All is one transaction: when the text ends early, nothing of it stays.
 *
 * @param written `schema.table` or `table`, quoted as in SQL
 * @throws TableChoiceError; ToolError; ContainerError; RestoreError; the signal's reason
 */
export async function tableSql(
  reader: BackupReader,
  written: string,
  tools: PostgresTools,
  signal: AbortSignal,
): Promise<TableSql> {
  const found = await findTable(reader, { written, tools: () => Promise.resolve(tools), signal });
  const archive: ArchiveSource = () => reader.readStream(reader.schemaStream, { signal });
  const tables = new Map([found.table, ...found.parts].map((table) => [keyOf(table), table]));
  const definitions = await tableDefinitions(archive, [...tables.values()]);
  return { table: found.table, text: textOf(reader, found, definitions, { tools, signal }) };
}

async function* textOf(
  reader: BackupReader,
  { table, pieces }: FoundTable,
  { schemas, before, after, sequences, mayHoldAmounts, leftOut }: TableDefinitions,
  { tools, signal }: { readonly tools: PostgresTools; readonly signal: AbortSignal },
): AsyncGenerator<Buffer, void, undefined> {
  const sql = (archive: ArchiveSource): AsyncIterable<Buffer> =>
    filterTool({ command: tools.pgRestore, args: ARGUMENTS, signal }, archive());
  yield Buffer.from(heading(table, schemas, leftOut));
  yield* sql(before);
  const { lc_monetary: written } = reader.index.database;
  const amounts = written !== undefined && mayHoldAmounts ? `SET lc_monetary TO ${pg.escapeLiteral(written)};\n` : '';
  // Names are in UTF-8. The rows have their own encoding, which each COPY names.
  yield Buffer.from(`SET client_encoding TO 'UTF8';\nSET search_path TO DEFAULT;\n${ROW_SETTINGS.trim()};\n${amounts}`);
  yield* rowStatements(pieces, table);
  if (areRowsCopied(reader.index)) {
    const isWanted = isAmong(sequences);
    const values = (reader.index.sequences ?? []).filter(isWanted);
    yield Buffer.from(
      setvalStatements(values)
        .map((statement) => `${statement};\n`)
        .join(''),
    );
  } else yield* archivedSequences(reader, sequences, tools, signal);
  if (after !== undefined) yield* sql(after);
  yield Buffer.from('COMMIT;\n');
}

function heading(table: RelationName, schemas: readonly string[], leftOut: readonly string[]): string {
  return [
    `-- ${visible(writtenName(table))} of a backup, for psql and an empty database. Owners and rights are not in it.`,
    ...leftOut.map((text) => `-- Left out: ${text}.`),
    `SET client_encoding TO 'UTF8';`,
    'BEGIN;',
    // Another table of the backup may have brought it.
    ...schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)};`),
    '',
  ].join('\n');
}
