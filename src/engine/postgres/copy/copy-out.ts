import type { Duplex } from 'node:stream';
import type { Borrowed } from '../../bytes/borrowed';
import type { Divertible } from './byte-receiver';
import { Conversation } from './conversation';
import type { RowBlocks } from './row-blocks';
import { LETTER } from './server-message';

/** What one statement has copied. */
export interface Copied {
  /** As the server counts them. */
  readonly rows: number;
  readonly bytes: number;
}

/** Statements that copy rows out. */
export class CopyOut extends Conversation {
  private bytes = 0;
  private isPaused = false;

  constructor(
    stream: Duplex,
    line: Divertible,
    private readonly blocks: RowBlocks,
  ) {
    super(stream, line, LETTER.copyOut);
  }

  /** Of the last statement, when it has ended. */
  get copied(): Copied {
    return { rows: this.rows, bytes: this.bytes };
  }

  override begin(statement: string): void {
    this.bytes = 0;
    super.begin(statement);
  }

  /**
   * The next full block; `undefined` when the statement has ended. What is not full stays for the next statement.
   *
   * @throws as {@link until}
   */
  async next(): Promise<Borrowed | undefined> {
    for (;;) {
      const block = this.blocks.next();
      this.resume();
      if (block !== undefined) return block;
      await this.until(() => this.blocks.isReady);
      if (!this.blocks.isReady && this.isOver) return undefined;
    }
  }

  override space(): Buffer {
    return this.blocks.space();
  }

  override take(bytes: number): boolean {
    try {
      const rowBytes = this.walker.push(this.blocks.space().subarray(0, bytes));
      this.bytes += rowBytes;
      this.blocks.filled(rowBytes);
    } catch (error) {
      this.fail(error);
    }
    this.isPaused = !this.blocks.hasRoom;
    this.notify();
    return !this.isPaused;
  }

  private resume(): void {
    if (!this.isPaused || !this.blocks.hasRoom) return;
    this.isPaused = false;
    this.line.resume();
  }
}
