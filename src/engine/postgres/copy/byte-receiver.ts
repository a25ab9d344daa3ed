/** Takes the bytes of a connection while the driver does not. */
export interface ByteReceiver {
  /** Where the next bytes go. There is always room for what a socket gives at once. */
  space(): Buffer;
  /**
   * The beginning of the last {@link space} has been filled.
   *
   * @returns whether there may be more now; else the receiver has the connection resumed
   */
  take(bytes: number): boolean;
}

/** A connection whose bytes can be taken from its driver for a while. */
export interface Divertible {
  /** From now on bytes go to the receiver and not to the driver. */
  divert(receiver: ByteReceiver): void;
  /** From now on they go to the driver again. */
  giveBack(): void;
  pause(): void;
  resume(): void;
}
