import { Socket } from 'node:net';
import type { ByteReceiver, Divertible } from './byte-receiver';

/** For what the driver reads: logging in, and statements between copies. */
const DRIVER_BYTES = 64 * 1024;

/**
 * A socket that reads into memory it is given: ordinary sockets make a new buffer for everything that arrives, which costs more
 * than the copying. The driver does not notice: to it, bytes come as from any other socket.
 */
export class BlockSocket implements Divertible {
  readonly socket: Socket;
  private readonly driverSpace = Buffer.allocUnsafeSlow(DRIVER_BYTES);
  private receiver: ByteReceiver | undefined;
  /** Where the socket reads to now, if that is the receiver's. */
  private given: Uint8Array | undefined;

  constructor() {
    this.socket = new Socket({
      onread: {
        buffer: () => this.nextSpace(),
        callback: (bytes, space) => this.arrived(bytes, space),
      },
    });
  }

  divert(receiver: ByteReceiver): void {
    this.receiver = receiver;
    this.given = undefined;
  }

  giveBack(): void {
    this.receiver = undefined;
    this.given = undefined;
    this.resume();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  private nextSpace(): Uint8Array {
    this.given = this.receiver?.space();
    return this.given ?? this.driverSpace;
  }

  private arrived(bytes: number, space: Uint8Array): boolean {
    const { receiver, given } = this;
    if (receiver === undefined) {
      this.socket.emit('data', Buffer.from(space.subarray(0, bytes)));
      return true;
    }
    // The first read after the change goes to where the socket was sent before.
    if (space !== given) receiver.space().set(space.subarray(0, bytes));
    return receiver.take(bytes);
  }
}
