import type { Duplex } from 'node:stream';
import type { ByteReceiver, Divertible } from './byte-receiver';

/** Any connection that gives its bytes as events: TLS reads into memory of its own. */
export class AnyStream implements Divertible {
  /** Those of the driver. */
  private listeners: ((chunk: Buffer) => void)[] | undefined;

  constructor(private readonly stream: Duplex) {}

  divert(receiver: ByteReceiver): void {
    const { stream } = this;
    this.listeners ??= stream.listeners('data').map((listener) => (chunk: Buffer) => {
      Reflect.apply(listener, stream, [chunk]);
    });
    this.stream.removeAllListeners('data');
    this.stream.on('data', (chunk: Buffer) => {
      let hasRoom = true;
      for (let at = 0; at < chunk.length;) {
        const bytes = chunk.copy(receiver.space(), 0, at);
        at += bytes;
        hasRoom = receiver.take(bytes);
      }
      if (!hasRoom) this.pause();
    });
  }

  giveBack(): void {
    this.stream.removeAllListeners('data');
    for (const listener of this.listeners ?? []) this.stream.on('data', listener);
    this.resume();
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }
}
