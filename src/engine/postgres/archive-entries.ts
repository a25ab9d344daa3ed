import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { filterTool } from '../process/run-tool';
import type { PostgresTools } from './tools';

/** One object of an archive's schema: what pg_dump says of it above its statements, and these. */
export interface ArchiveEntry {
  /** As the table of contents has it: for a constraint or a policy, the table and its own name. */
  readonly name: string;
  /** In pg_dump's words: `TABLE`, `FK CONSTRAINT`, `POLICY`, … */
  readonly type: string;
  /** `-` for what is in no schema. */
  readonly schema: string;
  /** Empty or `-` when it has none. */
  readonly owner: string;
  readonly tablespace?: string;
  /** Its statements; before the first object, what applies to all. */
  readonly sql: string;
}

const HEADER = /^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: (.*?)(?:; Tablespace: (.*))?$/;

/**
 * Reads the schema in an archive, object by object, as it arrives. The first entry, which has no type, is what precedes them.
 *
 * @throws ToolError, what the archive's source throws, or the signal's reason
 */
export async function* archiveEntries(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const command = {
    command: tools.pgRestore,
    args: ['--section=pre-data', '--section=post-data', '--file=-'],
    signal,
  };
  let head: Omit<ArchiveEntry, 'sql'> = { name: '', type: '', schema: '-', owner: '' };
  let lines: string[] = [];
  for await (const line of createInterface({ input: Readable.from(filterTool(command, archive)) })) {
    const [, name, type, schema, owner, tablespace] = HEADER.exec(line) ?? [];
    // The header is the second line of a comment of three: a function may hold a line that looks like it.
    if (name === undefined || type === undefined || schema === undefined || lines.at(-1) !== '--') {
      lines.push(line);
      continue;
    }
    yield { ...head, sql: lines.slice(0, -1).join('\n') };
    head = { name, type, schema, owner: owner ?? '', ...(tablespace === undefined ? {} : { tablespace }) };
    lines = [];
  }
  yield { ...head, sql: lines.join('\n') };
}
