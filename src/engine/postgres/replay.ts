import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { filterTool } from '../process/run-tool';
import { ArchiveText, type CopyStatement } from './archive-text';
import type { RelationName } from './relation-name';
import { withList } from './use-list';
import { runStatements } from './run-statements';
import { qualified } from './snapshot';
import type { PostgresTools } from './tools';

/** An archive that is loaded through a connection of ours, inside of its transaction. */
export interface ReplayOrder {
  readonly client: pg.Client;
  readonly tools: PostgresTools;
  readonly archive: AsyncIterable<Uint8Array>;
  readonly section: 'pre-data' | 'data' | 'post-data';
  /** Further arguments of `pg_restore`. */
  readonly args?: readonly string[];
  /** A table of contents: only what is in it is loaded. */
  readonly useList?: Buffer | undefined;
  /** Where the rows of a table go, `undefined` when they are not wanted; may throw. */
  readonly into?: (copy: CopyStatement) => RelationName | undefined;
  /** Statements are passed through it, a character for each byte in this encoding. */
  readonly filterSql?: (sql: string, encoding: string) => string;
  readonly signal: AbortSignal;
}

/**
 * Has `pg_restore` write one section of an archive as text, and runs that text.
 *
 * @throws the driver's error, ToolError, what the archive's source or `into` throws, or the signal's reason
 */
export async function replay(order: ReplayOrder): Promise<void> {
  await withList(order.useList, [], (descriptors, args) => replayText(order, descriptors, args));
}

async function replayText(
  order: ReplayOrder,
  descriptors: readonly number[],
  listArgs: readonly string[],
): Promise<void> {
  const { client, tools, section, signal } = order;
  const command = {
    command: tools.pgRestore,
    args: ['--format=custom', '--file=-', `--section=${section}`, ...listArgs, ...(order.args ?? [])],
    descriptors,
    signal,
  };
  const text = new ArchiveText(filterTool(command, order.archive), section);
  try {
    for (let part = await text.next(); part !== undefined; part = await text.next()) {
      signal.throwIfAborted();
      const sql = order.filterSql?.(part.sql, part.encoding) ?? part.sql;
      if (sql.trim() !== '') await runStatements(client, sql, part.encoding);
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
