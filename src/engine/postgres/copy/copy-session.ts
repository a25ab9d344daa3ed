import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { present } from '../../optional/present';
import type { DatabaseAddress } from '../../address/database-address';
import type { Borrowed } from '../../bytes/borrowed';
import type { SessionSettings } from '../../address/write-address';
import { cancellable, connect } from '../server/connection';
import { AnyStream } from './any-stream';
import { BlockSocket } from './block-socket';
import type { Divertible } from './byte-receiver';
import { CopyIn } from './copy-in';
import { type Copied, CopyOut } from './copy-out';
import { RowBlocks } from './row-blocks';

/** Room for the server's answers while rows are copied in. They are short. */
const ANSWERS_BYTES = 64 * 1024;

/**
 * A connection that copies rows. The driver opens it, and does all statements but `COPY`. For those the connection is taken from it:
 * the driver would make objects of every row.
 */
export class CopySession {
  private readonly blocks = new RowBlocks();
  private answers: Buffer | undefined;
  private isBroken = false;

  private constructor(
    /** For other statements, while no copy is under way. */
    readonly client: pg.Client,
    private readonly stream: Duplex,
    private readonly line: Divertible,
  ) {}

  /**
   * Opens a session, does `work` with it, and closes it whatever happens. An abort ends a copy at once, here and on the server.
   *
   * @throws ConnectionError, the driver's error, what `work` throws, or the signal's reason
   */
  static async use<T>(
    address: DatabaseAddress,
    work: (session: CopySession) => Promise<T>,
    signal: AbortSignal,
    settings?: SessionSettings,
  ): Promise<T> {
    const sockets: BlockSocket[] = [];
    const client = await connect(address, {
      ...present({ settings }),
      socket: () => {
        const socket = new BlockSocket();
        sockets.push(socket);
        return socket.socket;
      },
    });
    const { stream } = client.connection;
    const line = sockets.find(({ socket }) => socket === stream) ?? new AnyStream(stream);
    const session = new CopySession(client, stream, line);
    const stop = (): void => session.abandon(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await cancellable(client.ownAddress, client, () => work(session), signal);
    } finally {
      signal.removeEventListener('abort', stop);
      await client.end().catch(() => undefined);
    }
  }

  /**
   * The bytes of the rows that some statements copy, one after the other. A chunk must not be used after the second request after it.
   *
   * @param statements `COPY … TO STDOUT`; each is asked for when the one before has ended and has been told of
   * @param onCopied told of each statement, by its number, when it has ended
   * @throws the driver's error, as the server reports it, or when the connection is lost; ProtocolError
   */
  async *copyOut(
    statements: Iterable<string>,
    onCopied: (statement: number, copied: Copied) => void,
  ): AsyncGenerator<Borrowed, void, undefined> {
    this.claim();
    const copy = new CopyOut(this.stream, this.line, this.blocks);
    try {
      let number = 0;
      for (const statement of statements) {
        copy.begin(statement);
        for (let block = await copy.next(); block !== undefined; block = await copy.next()) yield block;
        onCopied(number, copy.copied);
        number += 1;
      }
      this.blocks.flush();
      for (let block = this.blocks.next(); block !== undefined; block = this.blocks.next()) yield block;
      this.isBroken = false;
    } finally {
      copy.end();
      if (this.isBroken) this.abandon(undefined);
    }
  }

  /**
   * Copies rows in.
   *
   * @param statement `COPY … FROM STDIN`
   * @param chunks of any size, whose memory is freed
   * @returns the rows that the server has counted
   * @throws the driver's error, as the server reports it, or when the connection is lost; what the source of the chunks throws
   */
  async copyIn(statement: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    this.claim();
    const copy = new CopyIn(this.stream, this.line, (this.answers ??= Buffer.allocUnsafeSlow(ANSWERS_BYTES)));
    try {
      const rows = await copy.copy(statement, chunks);
      this.isBroken = false;
      return rows;
    } finally {
      copy.end();
      if (this.isBroken) this.abandon(undefined);
    }
  }

  /** Until a copy has ended well, the connection is of no more use. */
  private claim(): void {
    if (this.isBroken) throw new Error('a copy on this connection has failed before');
    this.isBroken = true;
  }

  private abandon(reason: unknown): void {
    this.isBroken = true;
    this.stream.destroy(Error.isError(reason) ? reason : undefined);
  }
}
