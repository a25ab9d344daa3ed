import type { Duplex } from 'node:stream';
import type { ByteReceiver, Divertible } from './byte-receiver';
import { MessageWalker } from './message-walker';
import { errorIn, LETTER, ProtocolError, rowsIn } from './server-message';

/** Statements that copy, one after the other, over a connection that is not the driver's meanwhile. */
export abstract class Conversation implements ByteReceiver {
  protected readonly walker = new MessageWalker((letter, body) => this.said(letter, body));
  protected rows = 0;
  /** The server has begun to copy. */
  protected isCopying = false;
  private isReady = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  /** @param copies the message by which the server agrees to copy in this direction */
  constructor(
    protected readonly stream: Duplex,
    protected readonly line: Divertible,
    private readonly copies: number,
  ) {
    line.divert(this);
    stream.on('error', this.failed).on('close', this.closed).on('drain', this.notify);
  }

  /** Sends a statement. */
  begin(statement: string): void {
    Object.assign(this, { rows: 0, isCopying: false, isReady: false });
    this.stream.write(queryMessage(statement));
  }

  /** Gives the connection back to the driver. */
  end(): void {
    this.stream.off('error', this.failed).off('close', this.closed).off('drain', this.notify);
    this.line.giveBack();
  }

  abstract space(): Buffer;
  abstract take(bytes: number): boolean;

  /** The statement has ended, and no message is begun that the driver would get the rest of. */
  protected get isOver(): boolean {
    return this.isReady && this.walker.isBetween;
  }

  /** Whether the server has reported an error, or the connection is lost. */
  protected get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /**
   * Waits until something holds, or the statement has ended.
   *
   * @throws the driver's error when the server has reported one and is done with it, or why the connection is lost
   */
  protected async until(holds: () => boolean): Promise<void> {
    for (;;) {
      if (this.failure !== undefined && (this.isOver || this.stream.destroyed)) throw this.failure;
      if (this.stream.destroyed) throw lost();
      if (this.isOver || (this.failure === undefined && holds())) return;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  protected fail(error: unknown): void {
    this.failure ??= Error.isError(error) ? error : new Error('stopped', { cause: error });
    this.stream.destroy();
  }

  protected readonly notify = (): void => {
    this.wake?.();
    this.wake = undefined;
  };

  private said(letter: number, body: Buffer): void {
    switch (letter) {
      case this.copies:
        this.isCopying = true;
        return;
      case LETTER.copyDone:
        return;
      case LETTER.commandComplete:
        this.rows = rowsIn(body);
        return;
      case LETTER.error:
        this.failure ??= errorIn(body);
        return;
      case LETTER.ready:
        if (!this.isCopying) this.failure ??= new ProtocolError('the statement has copied nothing');
        this.isReady = true;
        return;
      default:
        throw new ProtocolError(`the server has sent a message ${String.fromCharCode(letter)} while it copies`);
    }
  }

  private readonly failed = (error: Error): void => {
    this.failure ??= error;
    this.notify();
  };

  private readonly closed = (): void => {
    this.failure ??= lost();
    this.notify();
  };
}

function lost(): Error {
  return Object.assign(new Error('the connection was lost while rows were copied'), { code: 'ECONNRESET' });
}

/** A simple query: only such can copy. */
function queryMessage(statement: string): Buffer {
  const text = Buffer.from(`${statement}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}
