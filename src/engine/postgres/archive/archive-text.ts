import { type Decode, decoderFor, encodingIn, UTF8 } from './archive-encoding';
import { SqlScanner } from './whole-sql';

/** What follows in the text of an archive: statements, then perhaps rows for a table. */
export interface ArchivePart {
  /** Statements, to be run as they are: a character for each byte, because the bytes are in whatever encoding the archive has. */
  readonly sql: string;
  /** PostgreSQL's name of that encoding. It is not set by the statements. */
  readonly encoding: string;
  /** The `COPY … FROM stdin;` whose rows come next; they must be read before the next part. */
  readonly copy?: CopyStatement;
}

/** Which columns of which table rows are for: names as they are read, whatever the archive's encoding. */
export interface CopyStatement {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

const NEWLINE = 0x0a;
const END_OF_ROWS = Buffer.from('\\.');
/** Statements are run whenever this much has come together: large objects are statements. */
const SQL_CHUNK_BYTES = 65_536;

/** Lines that are psql's, or that would end our transaction: pg_restore wraps large objects in one of their own. */
const LEFT_OUT = /^(BEGIN;|COMMIT;|\\(un)?restrict \w+)$/;
/** Reads what `pg_restore --file=-` writes of the section with the rows. */
export class ArchiveText {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);
  /** What comes before it has been read. */
  private at = 0;
  private isOver = false;
  /** Unknown before the archive says it, above all else. */
  private encoding: string | undefined;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** @returns `undefined` at the end */
  async next(): Promise<ArchivePart | undefined> {
    const lines: string[] = [];
    let length = 0;
    for (;;) {
      const text = await this.statementLine();
      if (text === undefined) return lines.length === 0 ? undefined : this.part(lines.join('\n'));
      if (LEFT_OUT.test(text) || this.saysEncoding(text)) continue;
      const copy = parseCopy(text, decoderFor(this.encoding ?? UTF8));
      if (copy !== undefined) return { ...this.part(lines.join('\n')), copy };
      lines.push(text);
      length += text.length;
      if (length > SQL_CHUNK_BYTES && text.endsWith(';')) return this.part(lines.join('\n'));
    }
  }

  /** The rows that follow a COPY, in its text format, without the line that ends them. */
  async *rows(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const end = endOfRows(this.rest, this.at);
      if (end !== undefined) {
        const rows = this.rest.subarray(this.at, end.at);
        this.at = end.next;
        if (rows.length > 0) yield rows;
        return;
      }
      // The last line may be the beginning of the end: it is kept back until it is whole.
      const whole = Math.max(this.at, this.rest.lastIndexOf(NEWLINE) + 1);
      const rows = this.rest.subarray(this.at, whole);
      this.at = whole;
      if (rows.length > 0) yield rows;
      if (!(await this.more())) throw new Error('the archive ends in the middle of its rows');
    }
  }

  /** To be called when the text is not read to its end. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  /** Only once: a function may hold the same words. */
  private saysEncoding(sql: string): boolean {
    if (this.encoding !== undefined) return false;
    this.encoding = encodingIn(sql);
    return this.encoding !== undefined;
  }

  private part(sql: string): ArchivePart {
    return { sql, encoding: this.encoding ?? UTF8 };
  }

  /** A COPY is whole: names in it may have line breaks. */
  private async statementLine(): Promise<string | undefined> {
    const text = await this.line();
    if (text?.startsWith('COPY ') !== true) return text;
    const lines = [text];
    for (const scanner = new SqlScanner().feed(text); !scanner.isOutside;) {
      const more = await this.line();
      if (more === undefined) break;
      lines.push(more);
      scanner.feed(`\n${more}`);
    }
    return lines.join('\n');
  }

  private async line(): Promise<string | undefined> {
    for (let from = this.at; ;) {
      const end = this.rest.indexOf(NEWLINE, from);
      if (end >= 0) {
        const line = this.rest.toString('latin1', this.at, end);
        this.at = end + 1;
        return line;
      }
      from = this.rest.length - this.at;
      if (await this.more()) continue;
      const last = this.rest.toString('latin1', this.at);
      this.at = this.rest.length;
      return last === '' ? undefined : last;
    }
  }

  private async more(): Promise<boolean> {
    const left = this.rest.subarray(this.at);
    const parts = [left];
    let length = 0;
    // As much again as there is already: what is long would be copied for each piece that comes.
    while (!this.isOver && (length === 0 || length < left.length)) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) this.isOver = true;
      else {
        parts.push(chunk.value);
        length += chunk.value.length;
      }
    }
    if (length === 0) return false;
    this.rest = left.length === 0 && parts[1]?.length === length ? parts[1] : Buffer.concat(parts);
    this.at = 0;
    return true;
  }
}

/** Where a line that is only `\.` begins, and what comes after it; a row never is such a line, it would be escaped. */
function endOfRows(text: Buffer, from: number): { at: number; next: number } | undefined {
  for (let at = text.indexOf(END_OF_ROWS, from); at >= 0; at = text.indexOf(END_OF_ROWS, at + 1)) {
    const isLine = (at === from || text[at - 1] === NEWLINE) && text[at + 2] === NEWLINE;
    if (isLine) return { at, next: at + 3 };
  }
  return undefined;
}

const IDENTIFIER = /"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*)/y;

/**
 * @param line a character for each byte
 * @param decode makes names of bytes
 * @returns `undefined` when the line is no COPY of pg_dump
 */
export function parseCopy(line: string, decode: Decode): CopyStatement | undefined {
  if (!line.startsWith('COPY ') || !line.endsWith(' FROM stdin;')) return undefined;
  const reader = { at: 'COPY '.length };
  const identifier = (): string | undefined => {
    IDENTIFIER.lastIndex = reader.at;
    const match = IDENTIFIER.exec(line);
    if (match === null) return undefined;
    reader.at = IDENTIFIER.lastIndex;
    const name = match[1]?.replaceAll('""', '"') ?? match[2];
    return name === undefined ? undefined : decode(Buffer.from(name, 'latin1'));
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
