import { ContainerError } from '../../container/format/container-error';
import { decoderFor } from '../archive/archive-encoding';
import { decodeEscapes } from './copy-escapes';
import type { RowPiece } from './row-piece';
import { withoutHalfCharacter } from './half-character';

const TAB = 0x09;
const NEWLINE = 0x0a;
/** What a value is when it is null. */
const NULL = Buffer.from('\\N');
/** Quotes, colon and comma around a name and its value. */
const AROUND_BYTES = 8;

/** A row by the names of its columns: values in PostgreSQL's text form, or null. */
export type TextRow = Readonly<Record<string, string | null>>;

/** How much of a table is given. */
export interface RowLimits {
  readonly rows: number;
  /**
   * Of all values together, bytes of COPY text, and of the names of their columns, which each row repeats. A row that does not
   * fit ends the rows; the first is cut.
   */
  readonly bytes: number;
  /** Of one value, bytes of COPY text. Longer ones are cut. */
  readonly valueBytes: number;
}

/** The first rows of a table. */
export interface FirstRows {
  /** In the order of the table. */
  readonly columns: readonly string[];
  readonly items: readonly TextRow[];
  /** There are more rows than these. */
  readonly hasMore: boolean;
  /** Values of which only the beginning is there. */
  readonly cut: readonly { readonly item: number; readonly column: string }[];
}

/**
 * Reads the first rows of a table. No more is read than they need.
 *
 * @throws ContainerError, or what the pieces throw
 */
export async function firstRows(pieces: AsyncIterable<RowPiece>, limits: RowLimits): Promise<FirstRows> {
  const rows = new RowCollector(limits);
  for await (const piece of pieces) {
    rows.begin(piece);
    for await (const chunk of piece.chunks) {
      rows.take(chunk);
      if (rows.isFull) return rows.found(true);
    }
  }
  return rows.found(false);
}

class RowCollector {
  /** Nothing more is taken. */
  isFull = false;
  private readonly items: TextRow[] = [];
  private readonly cut: { item: number; column: string }[] = [];
  private first: readonly string[] | undefined;
  private columns: readonly string[] = [];
  private encoding = '';
  /** The row that has begun. */
  private values: (string | null)[] = [];
  private cutColumns: string[] = [];
  /** The value that has begun. */
  private kept: Buffer[] = [];
  private keptBytes = 0;
  private isCut = false;
  private usedBytes = 0;
  /** What the names of its columns take in each row. */
  private namesBytes = 0;
  private hasBegun = false;

  constructor(private readonly limits: RowLimits) {}

  begin({ columns, encoding }: RowPiece): void {
    this.first ??= columns;
    this.columns = columns;
    this.encoding = encoding;
    this.namesBytes = columns.reduce((sum, column) => sum + Buffer.byteLength(column) + AROUND_BYTES, 0);
  }

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.isFull) {
      if (!this.hasBegun) this.beginRow();
      const end = endOfValue(chunk, at);
      this.keep(chunk.subarray(at, end));
      if (end < chunk.length) this.endValue(chunk[end] === NEWLINE);
      at = end + 1;
    }
  }

  found(hasMore: boolean): FirstRows {
    return { columns: this.first ?? [], items: this.items, hasMore, cut: this.cut };
  }

  /** Of the row after the last one, only that it is there is wanted. */
  private beginRow(): void {
    this.hasBegun = true;
    this.usedBytes += this.namesBytes;
    const { length } = this.items;
    this.isFull = length >= this.limits.rows || (length > 0 && this.usedBytes > this.limits.bytes);
  }

  private keep(piece: Buffer): void {
    if (this.isFull) return;
    // The names of the first row alone may be too much.
    const left = Math.max(0, this.limits.bytes - this.usedBytes);
    const room = Math.min(this.limits.valueBytes - this.keptBytes, left);
    if (piece.length > room) {
      this.isCut = true;
      if (room === left && this.items.length > 0) this.isFull = true;
    }
    const some = piece.subarray(0, room);
    // The chunk is the source's.
    this.kept.push(Buffer.from(some));
    this.keptBytes += some.length;
    this.usedBytes += some.length;
  }

  private endValue(isLast: boolean): void {
    if (this.isFull) return;
    const column = this.columns[this.values.length];
    if (this.columns.length > 0) {
      if (column === undefined || (isLast && this.values.length + 1 < this.columns.length)) throw notAsColumns();
      this.values.push(this.value());
      if (this.isCut) this.cutColumns.push(column);
    }
    [this.kept, this.keptBytes, this.isCut] = [[], 0, false];
    if (isLast) this.endRow();
  }

  private endRow(): void {
    const item = this.items.length;
    // A column may have any name, that of a prototype included.
    this.items.push(Object.fromEntries(this.columns.map((column, i) => [column, this.values[i] ?? null])));
    this.cut.push(...this.cutColumns.map((column) => ({ item, column })));
    [this.values, this.cutColumns, this.hasBegun] = [[], [], false];
  }

  private value(): string | null {
    const text = Buffer.concat(this.kept);
    if (!this.isCut && text.equals(NULL)) return null;
    const decoded = Buffer.allocUnsafe(text.length);
    const { written } = decodeEscapes(text, decoded, !this.isCut);
    const bytes = decoded.subarray(0, written);
    return decoderFor(this.encoding)(this.isCut ? withoutHalfCharacter(bytes, this.encoding) : bytes);
  }
}

function endOfValue(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && chunk[at] !== TAB && chunk[at] !== NEWLINE) at += 1;
  return at;
}

function notAsColumns(): ContainerError {
  return new ContainerError('corrupted', 'a row has another number of values than columns');
}
