import { filterTool } from '../process/run-tool';
import type { PostgresTools } from './tools';

/** A line of a table of contents: number, two oids, then the entry's type, schema, name and owner. */
const LINE = /^\d+; \d+ \d+ (.*)$/;

/**
 * The table of contents of an archive, as `pg_restore --list` writes it and `pg_restore --use-list` reads it; each line
 * begins with a number and ends with type, schema, name and owner.
 *
 * @throws ToolError, what the archive's source throws, or the signal's reason
 */
export async function archiveList(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string[]> {
  const chunks: Buffer[] = [];
  const command = { command: tools.pgRestore, args: ['--list'], signal };
  for await (const chunk of filterTool(command, archive)) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString('utf8')
    .split('\n')
    .filter((line) => LINE.test(line));
}

/** Whether a line is for this entry: its type, schema and name, without an owner. */
export function isListed(line: string, entry: string): boolean {
  const [, rest] = LINE.exec(line) ?? [];
  return rest === entry || rest?.startsWith(`${entry} `) === true;
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
