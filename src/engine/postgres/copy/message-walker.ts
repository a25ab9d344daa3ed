import { isAside, LETTER, ProtocolError } from './server-message';

/** Letter, and a length that counts itself but not the letter. */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
/** Of messages other than rows: errors quote values, so they may be long. What is beyond is not kept. */
const KEPT_BYTES = 65_536;

/** Told of the messages other than rows and asides, in their order. */
export type MessageListener = (letter: number, body: Buffer) => void;

/**
 * Follows the messages of a server that copies rows out, in whatever pieces they arrive. Each row is a message. Their number is
 * that of the rows of the database, so nothing is made for a row: its bytes are moved together within the piece that they came in.
 */
export class MessageWalker {
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private headerBytes = 0;
  private letter = 0;
  /** Bytes of the present message that have not come yet. */
  private missingBytes = 0;
  /** Of a message that is not a row. */
  private body: Buffer[] = [];
  private keptBytes = 0;

  /** Whether no message is begun. */
  get isBetween(): boolean {
    return this.missingBytes === 0 && this.headerBytes === 0;
  }

  constructor(private readonly listener: MessageListener) {}

  /**
   * Takes the next piece, and moves the bytes of rows in it to its beginning.
   *
   * @returns how many bytes those are
   * @throws ProtocolError for a length that no message has; what the listener throws
   */
  push(piece: Buffer): number {
    const end = piece.length;
    let at = 0;
    let rowsEnd = 0;
    while (at < end) {
      if (this.missingBytes === 0) {
        at = this.begin(piece, at);
        continue;
      }
      const next = Math.min(end, at + this.missingBytes);
      if (this.letter === LETTER.copyData) {
        if (rowsEnd !== at) piece.copyWithin(rowsEnd, at, next);
        rowsEnd += next - at;
      } else {
        this.keep(piece, at, next);
      }
      this.missingBytes -= next - at;
      at = next;
      if (this.missingBytes === 0) this.finish();
    }
    return rowsEnd;
  }

  /** Takes a header, or as much of it as is there. */
  private begin(piece: Buffer, at: number): number {
    let next = at;
    // Whole headers are read where they are.
    if (this.headerBytes > 0 || piece.length - at < HEADER_BYTES) {
      next = Math.min(piece.length, at + HEADER_BYTES - this.headerBytes);
      this.headerBytes += piece.copy(this.header, this.headerBytes, at, next);
      if (this.headerBytes < HEADER_BYTES) return next;
      this.headerBytes = 0;
      this.take(this.header, 0);
      return next;
    }
    this.take(piece, at);
    return at + HEADER_BYTES;
  }

  private take(bytes: Buffer, at: number): void {
    this.letter = bytes.readUInt8(at);
    this.missingBytes = bytes.readInt32BE(at + 1) - LENGTH_BYTES;
    if (this.missingBytes < 0) throw new ProtocolError('the server has sent a message of an impossible length');
    if (this.missingBytes === 0) this.finish();
  }

  private keep(piece: Buffer, at: number, next: number): void {
    if (isAside(this.letter)) return;
    const kept = Math.min(next, at + KEPT_BYTES - this.keptBytes);
    if (kept <= at) return;
    // The piece is overwritten by the next one.
    this.body.push(Buffer.from(piece.subarray(at, kept)));
    this.keptBytes += kept - at;
  }

  private finish(): void {
    if (this.letter === LETTER.copyData || isAside(this.letter)) return;
    const body = Buffer.concat(this.body);
    this.body = [];
    this.keptBytes = 0;
    this.listener(this.letter, body);
  }
}
