import { encodingIn, UTF8, withoutEncoding } from './archive-encoding';
import { BOUNDARY, HEADING_AT, headingOf } from './archive-heading';
import { SqlScanner } from './whole-sql';

/** One object in the text of an archive, with the comment above its statements. */
export interface DefinitionPart {
  /** In pg_dump's words; empty for what precedes all objects. */
  readonly type: string;
  /** Of a comment or of rights, the kind and name of what they are for. */
  readonly name: string;
  /** Empty for what is in no schema. */
  readonly schema: string;
  /** Its statements: a character for each byte, because the bytes are in whatever encoding the archive has. */
  readonly sql: string;
  /** PostgreSQL's name of that encoding. It is not set by the statements. */
  readonly encoding: string;
}

const NEWLINE = 0x0a;
/** psql's, above all statements, with a key that ends the text as well; the same words in a function have another key. */
const RESTRICT = /^(?:(?:--[^\n]*)?\n)*\\restrict (\w+)\n/;
/** What pg_restore says first. */
const TIME_LIMITS = /^SET \w+_timeout = 0;$/gm;

/** The beginning of a text without time limits: our session has none, and an older server does not know each of them. */
export function withoutTimeLimits(sql: string): string {
  return sql.replace(TIME_LIMITS, '');
}

/**
 * Reads what `pg_restore --file=-` writes of a section without rows, object by object, as it arrives.
 *
 * @throws what the source throws
 */
export async function* definitionParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<DefinitionPart, void, undefined> {
  const reader = new Definitions();
  for await (const chunk of chunks) yield* reader.read(chunk);
  yield* reader.end();
}

class Definitions {
  private bytes = Buffer.alloc(0);
  /** What has arrived since, until it is as much again: a large object would be copied for each piece of it. */
  private arrived: Buffer[] = [];
  private arrivedBytes = 0;
  /** Of all before {@link scanned}. */
  private scanner = new SqlScanner();
  private scanned = 0;
  /** Before it no object begins. */
  private searched = 0;
  private head = { type: '', name: '', schema: '' };
  private restrictions: RegExp | undefined;
  private encoding = UTF8;

  *read(chunk: Buffer): Generator<DefinitionPart> {
    this.arrived.push(chunk);
    this.arrivedBytes += chunk.length;
    if (this.arrivedBytes >= this.bytes.length) yield* this.wholeParts();
  }

  *end(): Generator<DefinitionPart> {
    yield* this.wholeParts();
    yield this.part(this.bytes.length);
  }

  private *wholeParts(): Generator<DefinitionPart> {
    this.bytes = Buffer.concat([this.bytes, ...this.arrived]);
    this.arrived = [];
    this.arrivedBytes = 0;
    for (;;) {
      const at = this.bytes.indexOf(BOUNDARY, this.searched);
      const lineEnd = at < 0 ? -1 : this.bytes.indexOf(NEWLINE, at + HEADING_AT);
      if (lineEnd < 0) {
        this.searched = at < 0 ? Math.max(this.searched, this.bytes.length - BOUNDARY.length + 1) : at;
        return;
      }
      const head = headingOf(this.bytes.toString('latin1', at + HEADING_AT, lineEnd));
      // A function may hold a comment that looks like it.
      if (head === undefined || !this.isOutsideAt(at)) {
        this.searched = at + 1;
        continue;
      }
      yield this.part(at + 1);
      this.head = head;
    }
  }

  private isOutsideAt(at: number): boolean {
    this.scanner.feed(this.bytes.toString('latin1', this.scanned, at));
    this.scanned = at;
    return this.scanner.isOutside;
  }

  private part(end: number): DefinitionPart {
    const text = this.bytes.toString('latin1', 0, end);
    this.bytes = this.bytes.subarray(end);
    this.searched = 0;
    this.scanner = new SqlScanner();
    this.scanned = 0;
    const { type, name, schema } = this.head;
    const sql = type === '' ? this.beginning(text) : text;
    const whole = this.restrictions === undefined ? sql : sql.replace(this.restrictions, '');
    return { type, name, schema: schema === '-' ? '' : schema, sql: whole, encoding: this.encoding };
  }

  private beginning(text: string): string {
    const key = RESTRICT.exec(text)?.[1];
    if (key !== undefined) this.restrictions = new RegExp(`^\\\\(?:un)?restrict ${key}\n?`, 'gm');
    this.encoding = encodingIn(text) ?? UTF8;
    return withoutTimeLimits(withoutEncoding(text));
  }
}
