import { StringDecoder } from 'node:string_decoder';
import { releaseBytes } from '../release-bytes';
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

const HEADER_START = '-- Name: ';
const HEADER = /^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: (.*?)(?:; Tablespace: (.*))?$/;
const RULE = '--';
/** There may be hundreds of thousands of them, each of no interest but for its owner. */
const LARGE_OBJECT = 'BLOB';

/**
 * Reads the schema in an archive, object by object, as it arrives. The first entry, which has no type, is what precedes them.
 * Of large objects only the first of each owner is told of.
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
  const reader = new EntryReader();
  const decoder = new StringDecoder('utf8');
  for await (const chunk of filterTool(command, archive)) {
    const part = decoder.write(chunk);
    releaseBytes(chunk);
    yield* reader.read(part);
  }
  yield* reader.end();
}

/** Takes the text of an archive apart. What is left out is not even made into strings. */
class EntryReader {
  private head: Omit<ArchiveEntry, 'sql'> = { name: '', type: '', schema: '-', owner: '' };
  private lines: string[] = [];
  private rest = '';
  private isAfterRule = false;
  private isLeftOut = false;
  private readonly owners = new Set<string>();

  *read(part: string): Generator<ArchiveEntry> {
    const first = part.indexOf('\n') + 1;
    const line = this.rest + part.slice(0, first === 0 ? undefined : first);
    if (first > 0) yield* this.readLines(line);
    this.rest = first === 0 ? line : yield* this.readLines(part, first);
  }

  /** @returns what follows the last line */
  private *readLines(text: string, from = 0): Generator<ArchiveEntry, string> {
    let at = from;
    for (let end = text.indexOf('\n', at); end >= 0; at = end + 1, end = text.indexOf('\n', at)) {
      // The header is the second line of a comment of three: a function may hold a line that looks like it.
      const head = this.isAfterRule && text.startsWith(HEADER_START, at) ? headOf(text.slice(at, end)) : undefined;
      this.isAfterRule = end - at === RULE.length && text.startsWith(RULE, at);
      if (head !== undefined) {
        if (!this.isLeftOut) yield { ...this.head, sql: this.lines.slice(0, -1).join('\n') };
        this.begin(head);
      } else if (!this.isLeftOut) {
        this.lines.push(text.slice(at, end));
      }
    }
    return text.slice(at);
  }

  *end(): Generator<ArchiveEntry> {
    if (!this.isLeftOut) yield { ...this.head, sql: [...this.lines, this.rest].join('\n') };
  }

  private begin(head: Omit<ArchiveEntry, 'sql'>): void {
    this.head = head;
    this.lines = [];
    this.isLeftOut = head.type === LARGE_OBJECT && this.owners.has(head.owner);
    if (head.type === LARGE_OBJECT) this.owners.add(head.owner);
  }
}

function headOf(line: string): Omit<ArchiveEntry, 'sql'> | undefined {
  const [, name, type, schema, owner, tablespace] = HEADER.exec(line) ?? [];
  if (name === undefined || type === undefined || schema === undefined) return undefined;
  return { name, type, schema, owner: owner ?? '', ...(tablespace === undefined ? {} : { tablespace }) };
}
