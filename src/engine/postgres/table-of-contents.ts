import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { filterTool } from '../process/run-tool';
import type { PostgresTools } from './tools';

/** A line of a table of contents: number, two oids, then the entry's type, schema, name and owner. */
const LINE = /^\d+; \d+ \d+ (.*)$/;

/** Lines for the rows of tables. */
const TABLE_DATA = / TABLE DATA /;

/**
 * The table of contents of an archive, as `pg_restore --list` writes it and `pg_restore --use-list` reads it; each line
 * begins with a number and ends with type, schema, name and owner.
 *
 * @param wanted only the lines that it fits: each large object has one of its own
 * @throws ToolError, what the archive's source throws, or the signal's reason
 */
export async function archiveList(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  wanted = LINE,
): Promise<string[]> {
  const lines: string[] = [];
  const command = { command: tools.pgRestore, args: ['--list'], signal };
  for await (const line of createInterface({ input: Readable.from(filterTool(command, archive)) })) {
    if (LINE.test(line) && wanted.test(line)) lines.push(line);
  }
  return lines;
}

/** Whether a line is for this entry: its type, schema and name, without an owner. */
export function isListed(line: string, entry: string): boolean {
  const [, rest] = LINE.exec(line) ?? [];
  return rest === entry || rest?.startsWith(`${entry} `) === true;
}

/**
 * Reads which tables an archive holds rows of: their lines.
 *
 * @throws as {@link archiveList}
 */
export async function tableLines(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string[]> {
  return archiveList(tools, archive, signal, TABLE_DATA);
}

/**
 * Tables whose rows an archive holds. Where a name has spaces it is not told apart from the owner that follows; such a
 * table is taken to have the name without its last word.
 */
export function listedTables(list: readonly string[]): { schema: string; name: string }[] {
  return list.flatMap((line) => {
    const [, schema, name] = /^\d+; \d+ \d+ TABLE DATA (\S+) (.+) \S*$/.exec(line) ?? [];
    return schema === undefined || name === undefined ? [] : [{ schema, name }];
  });
}
