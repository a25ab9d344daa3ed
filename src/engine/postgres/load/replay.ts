import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { filterTool } from '../../process/run-tool';
import { ArchiveText, type CopyStatement } from '../archive/archive-text';
import { withoutTimeLimits } from '../archive/definitions-text';
import { setPath } from './own-path';
import { qualified, type RelationName } from '../server/relation-name';
import { runStatements } from './run-statements';
import type { PostgresTools } from '../server/tools';

/** Rows, sequence values and large objects of an archive that are loaded through a connection of ours, inside of its transaction. */
export interface ReplayOrder {
  readonly client: pg.Client;
  readonly tools: PostgresTools;
  readonly archive: AsyncIterable<Uint8Array>;
  /** Further arguments of `pg_restore`. */
  readonly args?: readonly string[];
  /** Where the rows of a table go, `undefined` when they are not wanted; may throw. */
  readonly into?: (copy: CopyStatement) => RelationName | undefined;
  /** Statements are passed through it, a character for each byte in this encoding. */
  readonly filterSql?: (sql: string, encoding: string) => string;
  /** The `search_path` under which rows are loaded; without it that of the archive, which is empty. */
  readonly path?: string;
  readonly signal: AbortSignal;
}

/**
 * Has `pg_restore` write the rows of an archive as text, and runs that text.
 *
 * @throws the driver's error, ToolError, what the archive's source or `into` throws, or the signal's reason
 */
export async function replay(order: ReplayOrder): Promise<void> {
  const { client, tools, signal, path } = order;
  const args = ['--format=custom', '--file=-', '--section=data', ...(order.args ?? [])];
  const text = new ArchiveText(filterTool({ command: tools.pgRestore, args, signal }, order.archive));
  try {
    let isFirst = true;
    for (let part = await text.next(); part !== undefined; part = await text.next()) {
      signal.throwIfAborted();
      const written = isFirst ? withoutTimeLimits(part.sql) : part.sql;
      const sql = order.filterSql?.(written, part.encoding) ?? written;
      if (sql.trim() !== '') await runStatements(client, sql, part.encoding);
      // The archive empties it at its beginning.
      if (isFirst && path !== undefined) await setPath(client, path);
      isFirst = false;
      if (part.copy !== undefined) await copyRows(client, part.copy, part.encoding, text, order);
    }
  } finally {
    await text.close();
  }
}

async function copyRows(
  client: pg.Client,
  copy: CopyStatement,
  encoding: string,
  text: ArchiveText,
  order: ReplayOrder,
): Promise<void> {
  const table = order.into === undefined ? copy : order.into(copy);
  if (table === undefined) {
    for await (const _rows of text.rows()) order.signal.throwIfAborted();
    return;
  }
  const columns = copy.columns.map((column) => pg.escapeIdentifier(column)).join(', ');
  const list = columns === '' ? '' : ` (${columns})`;
  await pipeline(
    text.rows(),
    client.query(copyFrom(`COPY ${qualified(table)}${list} FROM STDIN WITH (ENCODING ${pg.escapeLiteral(encoding)})`)),
  );
}
