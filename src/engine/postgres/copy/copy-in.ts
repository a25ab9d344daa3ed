import type { Duplex } from 'node:stream';
import { releaseBytes } from '../../bytes/release-bytes';
import type { Divertible } from './byte-receiver';
import { Conversation } from './conversation';
import { LETTER } from './server-message';

const HEADER_BYTES = 5;
const DONE = Buffer.from([LETTER.copyDone, 0, 0, 0, 4]);

/** Statements that copy rows in. */
export class CopyIn extends Conversation {
  /** @param answers receives the server's answers. The session owns it, so that thousands of small tables share one buffer */
  constructor(
    stream: Duplex,
    line: Divertible,
    private readonly answers: Buffer,
  ) {
    super(stream, line, LETTER.copyIn);
  }

  /**
   * Runs one statement.
   *
   * @param chunks of any size. They are this one's own: it frees their memory
   * @returns the rows that the server has counted
   * @throws as {@link until}, or what the source of the chunks throws
   */
  async copy(statement: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    this.begin(statement);
    await this.until(() => this.isCopying);
    for await (const chunk of chunks) {
      if (this.hasFailed) break;
      if (chunk.length > 0 && !this.send(chunk)) await this.until(() => !this.stream.writableNeedDrain);
    }
    if (!this.hasFailed) this.stream.write(DONE);
    await this.until(() => false);
    return this.rows;
  }

  override space(): Buffer {
    return this.answers;
  }

  override take(bytes: number): boolean {
    try {
      this.walker.push(this.answers.subarray(0, bytes));
    } catch (error) {
      this.fail(error);
    }
    this.notify();
    return true;
  }

  /** @returns whether there may be more at once */
  private send(chunk: Buffer): boolean {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(LETTER.copyData);
    header.writeInt32BE(chunk.length + HEADER_BYTES - 1, 1);
    const { stream } = this;
    stream.cork();
    stream.write(header);
    const hasRoom = stream.write(chunk, () => releaseBytes(chunk));
    stream.uncork();
    return hasRoom;
  }
}
