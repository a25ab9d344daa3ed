/** What follows in the text of an archive: statements, then perhaps rows for a table. */
export interface ArchivePart {
  /** Statements, to be run as they are. */
  readonly sql: string;
  /** The `COPY … FROM stdin;` whose rows come next; they must be read before the next part. */
  readonly copy?: CopyStatement;
}

/** Which columns of which table rows are for. */
export interface CopyStatement {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

const NEWLINE = 0x0a;
const END_OF_ROWS = Buffer.from('\\.');
/** Statements are run whenever this much has come together: large objects are statements, and each is answered. */
const SQL_CHUNK_CHARACTERS = 131_072;

/** Lines that are psql's, or that would end our transaction: pg_restore wraps large objects in one of their own. */
const LEFT_OUT = /^(BEGIN;|COMMIT;|\\(un)?restrict \w+)$/;
/** The comment above a large object, the one kind of which there may be hundreds of thousands: whole statements precede it. */
const LARGE_OBJECT = /^-- Name: \d+; Type: BLOB; Schema: -; Owner: /;
const NOT_SQL = /^\\(un)?restrict \w+$/;

/** Reads what `pg_restore --file=-` writes, one section of an archive. */
export class ArchiveText {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  private isOver = false;

  /**
   * @param chunks the text
   * @param section in the data section, statements are one line each
   */
  constructor(
    chunks: AsyncIterable<Buffer>,
    private readonly section: 'pre-data' | 'data' | 'post-data',
  ) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** @returns `undefined` at the end */
  async next(): Promise<ArchivePart | undefined> {
    const lines: string[] = [];
    let length = 0;
    for (;;) {
      const line = await this.line();
      if (line === undefined) return lines.length === 0 ? undefined : { sql: lines.join('\n') };
      const text = line.toString('utf8');
      if (this.section !== 'data') {
        if (NOT_SQL.test(text)) continue;
        const isWhole = length > SQL_CHUNK_CHARACTERS && lines.at(-1) === '--' && LARGE_OBJECT.test(text);
        lines.push(text);
        length += text.length;
        if (isWhole) return { sql: lines.join('\n') };
        continue;
      }
      if (LEFT_OUT.test(text)) continue;
      const copy = parseCopy(text);
      if (copy !== undefined) return { sql: lines.join('\n'), copy };
      lines.push(text);
      length += text.length;
      if (length > SQL_CHUNK_CHARACTERS && text.endsWith(';')) return { sql: lines.join('\n') };
    }
  }

  /** The rows that follow a COPY, in its text format, without the line that ends them. */
  async *rows(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const end = endOfRows(this.rest);
      if (end !== undefined) {
        const rows = this.rest.subarray(0, end.at);
        this.rest = this.rest.subarray(end.next);
        if (rows.length > 0) yield rows;
        return;
      }
      // The last line may be the beginning of the end: it is kept back until it is whole.
      const whole = this.rest.lastIndexOf(NEWLINE) + 1;
      const rows = this.rest.subarray(0, whole);
      this.rest = this.rest.subarray(whole);
      if (rows.length > 0) yield rows;
      if (!(await this.more())) throw new Error('the archive ends in the middle of its rows');
    }
  }

  /** To be called when the text is not read to its end. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async line(): Promise<Buffer | undefined> {
    let from = 0;
    for (;;) {
      const end = this.rest.indexOf(NEWLINE, from);
      if (end >= 0) {
        const line = this.rest.subarray(0, end);
        this.rest = this.rest.subarray(end + 1);
        return line;
      }
      from = this.rest.length;
      if (await this.more()) continue;
      const last = this.rest;
      this.rest = Buffer.alloc(0);
      return last.length === 0 ? undefined : last;
    }
  }

  private async more(): Promise<boolean> {
    if (this.isOver) return false;
    const chunk: IteratorResult<Buffer, unknown> = await this.chunks.next();
    if (chunk.done === true) {
      this.isOver = true;
      return false;
    }
    this.rest = this.rest.length === 0 ? chunk.value : Buffer.concat([this.rest, chunk.value]);
    return true;
  }
}

/** Where a line that is only `\.` begins, and what comes after it; a row never is such a line, it would be escaped. */
function endOfRows(text: Buffer): { at: number; next: number } | undefined {
  for (let at = text.indexOf(END_OF_ROWS); at >= 0; at = text.indexOf(END_OF_ROWS, at + 1)) {
    const isLine = (at === 0 || text[at - 1] === NEWLINE) && text[at + 2] === NEWLINE;
    if (isLine) return { at, next: at + 3 };
  }
  return undefined;
}

const IDENTIFIER = /"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*)/y;

/** @returns `undefined` when the line is no COPY of pg_dump */
export function parseCopy(line: string): CopyStatement | undefined {
  if (!line.startsWith('COPY ') || !line.endsWith(' FROM stdin;')) return undefined;
  const reader = { at: 'COPY '.length };
  const identifier = (): string | undefined => {
    IDENTIFIER.lastIndex = reader.at;
    const match = IDENTIFIER.exec(line);
    if (match === null) return undefined;
    reader.at = IDENTIFIER.lastIndex;
    return match[1]?.replaceAll('""', '"') ?? match[2];
  };
  const schema = identifier();
  reader.at += 1;
  const name = identifier();
  if (schema === undefined || name === undefined) return undefined;
  reader.at += ' ('.length;
  const columns: string[] = [];
  for (let column = identifier(); column !== undefined; column = identifier()) {
    columns.push(column);
    reader.at += ', '.length;
  }
  return { schema, name, columns };
}
