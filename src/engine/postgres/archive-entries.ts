import { releaseBytes } from '../release-bytes';
import { filterTool } from '../process/run-tool';
import { type ArchiveHeading, BOUNDARY, HEADING_AT, headingOf, LARGE_OBJECT, RULE } from './archive-heading';
import type { PostgresTools } from './tools';
import { isWholeSql } from './whole-sql';

/** One object of an archive's schema: what pg_dump says of it above its statements, and these. */
export interface ArchiveEntry extends ArchiveHeading {
  /** Its statements; before the first object, what applies to all. */
  readonly sql: string;
}

const NEWLINE = 0x0a;

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
  for await (const chunk of filterTool(command, archive)) {
    yield* reader.read(chunk);
    releaseBytes(chunk);
  }
  yield* reader.end();
}

/** Takes the text of an archive apart. What is left out is not even made into strings. */
class EntryReader {
  private head: ArchiveHeading = { name: '', type: '', schema: '-', owner: '' };
  private lines: string[] = [];
  private rest = Buffer.alloc(0);
  private isAfterRule = false;
  private isLeftOut = false;
  private readonly owners = new Set<string>();

  *read(part: Buffer): Generator<ArchiveEntry> {
    const bytes = this.rest.length === 0 ? part : Buffer.concat([this.rest, part]);
    let at = 0;
    for (;;) {
      let from = at;
      if (this.isLeftOut) {
        const next = bytes.indexOf(BOUNDARY, at);
        // It may end with what has come so far.
        at = next < 0 ? Math.max(at, bytes.length - BOUNDARY.length + 1) : next;
        if (next < 0) break;
        from = next + HEADING_AT;
        this.isAfterRule = true;
      }
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) break;
      yield* this.take(bytes.toString('utf8', from, end));
      at = end + 1;
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  *end(): Generator<ArchiveEntry> {
    if (!this.isLeftOut) yield { ...this.head, sql: [...this.lines, this.rest.toString('utf8')].join('\n') };
  }

  private *take(line: string): Generator<ArchiveEntry> {
    const head = this.isAfterRule ? headingOf(line) : undefined;
    this.isAfterRule = line === RULE;
    const sql = head === undefined || this.isLeftOut ? '' : this.lines.slice(0, -1).join('\n');
    // A function may hold a comment that looks like a header.
    if (head === undefined || !isWholeSql(sql)) {
      if (!this.isLeftOut) this.lines.push(line);
      return;
    }
    if (!this.isLeftOut) yield { ...this.head, sql };
    this.begin(head);
  }

  private begin(head: ArchiveHeading): void {
    this.head = head;
    this.lines = [];
    this.isLeftOut = head.type === LARGE_OBJECT && this.owners.has(head.owner);
    if (head.type === LARGE_OBJECT) this.owners.add(head.owner);
  }
}
