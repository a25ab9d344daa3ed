import pg from 'pg';
import { areRowsCopied } from '../../container/format/row-parts';
import type { BackupReader } from '../../container/read/backup-reader';
import { endedBy } from '../../container/read/ended-by';
import { filterTool } from '../../process/run-tool';
import { type DatabaseStatements, databaseStatements } from '../archive/database-entries';
import { settingsIn } from './database-settings';
import type { LateRows } from '../archive/late-rows';
import { neededValue } from './load-settings';
import { lacksPublicSchema } from './public-schema';
import { routeFinder, rowArchive, type RowRoutes } from '../archive/row-routes';
import { rowTurn, turnOf, turnsIn } from './row-turns';
import { rowsSql, sequencesSql } from '../rows/rows-sql';
import { Archive } from '../archive/archive';
import type { PostgresTools } from '../server/tools';

/** The psql variable that holds the name of the database the SQL is run in. */
const DATABASE = 'berkut_database';
/** Of our own lines; pg_restore says the encoding of its own. */
const UTF8 = `SET client_encoding TO 'UTF8';`;

/**
 * A whole backup as SQL for `psql`, in the order in which a restore loads it: the settings of the database, what must exist before
 * the rows, the rows, what comes after them, rights, materialized views, event triggers, and what belongs to the database as a whole.
 *
 * @throws ToolError, ContainerError, or the signal's reason
 */
export async function* archiveSql(
  given: BackupReader,
  tools: PostgresTools,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = endedBy(given, signal);
  const sql = (archive: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> =>
    filterTool({ command: tools.pgRestore, args: ['--file=-'], signal }, archive);
  const archive = new Archive(reader, signal);
  const { ofDatabase, routes, passes, late, mayHoldAmounts } = await archive.contents();
  const statements = databaseStatements(ofDatabase, DATABASE);
  yield Buffer.from(settingsSql(statements));
  const { lc_monetary: written } = reader.index.database;
  if (typeof written === 'string' && mayHoldAmounts)
    yield Buffer.from(`SET lc_monetary TO ${pg.escapeLiteral(written)};\n`);
  if (lacksPublicSchema(reader.index)) yield Buffer.from('DROP SCHEMA IF EXISTS public;\n');
  if (reader.isOneArchive) {
    yield* sql(rowArchive(archive.read(), routes));
  } else {
    yield* sql(passes.part(['pre-data'], everything)());
    yield* rowsOf(reader, { routes, late }, sql);
    // Under the path of the database: what names functions without their schema works there, and psql cannot try twice.
    for (const pass of ['post-data', 'rights', 'views', 'event triggers'] as const) {
      if (passes.of([pass]).length > 0) yield* sql(passes.part([pass], everything, 'own')());
    }
  }
  yield Buffer.from(closingSql(statements));
}

function everything(): boolean {
  return true;
}

async function* rowsOf(
  reader: BackupReader,
  { routes, late }: { readonly routes: RowRoutes; readonly late: LateRows },
  sql: (archive: AsyncIterable<Uint8Array>) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const routeOf = routeFinder(routes, reader.index.database.encoding);
  for (const turn of turnsIn(late)) {
    for (const { name, kind } of reader.index.streams) {
      const rows = kind === 'data' ? await rowTurn(() => reader.readStream(name), late, turn) : undefined;
      if (rows !== undefined) yield* sql(rowArchive(rows, routes));
    }
    if (areRowsCopied(reader.index)) {
      yield* rowsSql(reader, (table) => (turnOf(table, late) === turn ? routeOf(table) : undefined));
    }
  }
  yield sequencesSql(reader);
}

/** They decide what rows mean, so they hold before the first one, in a session that was begun under them. */
function settingsSql(statements: DatabaseStatements): string {
  const { settings } = settingsIn(statements);
  const lines = [
    UTF8,
    `SELECT pg_catalog.current_database() AS ${DATABASE} \\gset`,
    ...settings.map(({ sql }) => here(sql)),
  ];
  if (settings.length > 0) lines.push(`\\connect :"${DATABASE}"`);
  for (const { name } of settings) {
    const needed = neededValue(name);
    // What would hinder the load is off for this session alone.
    if (needed !== undefined) lines.push(`SET ${name} TO '${needed}';`);
  }
  return `${lines.join('\n')}\n`;
}

function closingSql(statements: DatabaseStatements): string {
  const { comment, grants } = statements;
  const parts = [...settingsIn(statements).others, comment, grants].map((part) => part.trim());
  const found = parts.filter((part) => part !== '').map((part) => part.split('\n').map(here).join('\n'));
  return found.length === 0 ? '' : `${[UTF8, ...found].join('\n')}\n`;
}

/** The statement with the database that it is run in, whatever that is called. */
function here(sql: string): string {
  return sql.replace(`"${DATABASE}"`, `:"${DATABASE}"`);
}
