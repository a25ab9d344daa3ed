import type { FileHandle } from 'node:fs/promises';
import { verifyForward } from '../../engine/container/read/forward-reader';
import { verifyV1Forward } from '../../engine/container/v1/v1-reader';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { InterruptibleWait } from '../../engine/waiting/interruptible-wait';
import { asStorageErrors } from '../../engine/storage/file-fault';
import { isFirstVersion, peek } from '../import/peek';

const PIECE_BYTES = 256 * 1024;

/**
 * Follows the bytes of a container that arrive over several requests, and finds a wrong one as soon as it can be known. It says nothing about
 * the end of the file, which the import verifies.
 */
export class ArrivingCheck {
  private checkedBytes = 0;
  private readonly stopping = new AbortController();
  /** Resolves when all that was handed over has been looked at. */
  private hungry = Promise.withResolvers<undefined>();
  private handed = Promise.withResolvers<Uint8Array | undefined>();
  private readonly waiting = new InterruptibleWait();

  constructor(ring: KeyRing) {
    this.verify(ring).catch((error: unknown) => this.waiting.interrupt(error as Error));
  }

  /**
   * Looks at the file up to a byte, from where it has come to before.
   *
   * @throws ContainerError as soon as it is known that the file is wrong; StorageError
   */
  async follow(file: FileHandle, toByte: number): Promise<void> {
    while (this.checkedBytes < toByte) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, toByte - this.checkedBytes));
      const { bytesRead } = await asStorageErrors(() => file.read(piece, 0, piece.length, this.checkedBytes));
      if (bytesRead === 0) return;
      await this.hand(piece.subarray(0, bytesRead));
      this.checkedBytes += bytesRead;
    }
  }

  /** Gives up what it holds. */
  stop(): void {
    this.stopping.abort();
    this.handed.resolve(undefined);
  }

  private async verify(ring: KeyRing): Promise<void> {
    const { first, all } = await peek(this.pieces());
    if (isFirstVersion(first)) await verifyV1Forward(all, ring);
    else await verifyForward(all, ring, { signal: this.stopping.signal, isOwner: true, skipsDigests: true });
  }

  private async hand(piece: Uint8Array): Promise<void> {
    await this.waiting.until(this.hungry.promise);
    this.hungry = Promise.withResolvers();
    const { handed } = this;
    this.handed = Promise.withResolvers();
    handed.resolve(piece);
    await this.waiting.until(this.hungry.promise);
  }

  private async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    while (!this.stopping.signal.aborted) {
      this.hungry.resolve(undefined);
      const piece = await this.handed.promise;
      if (piece === undefined) return;
      yield piece;
    }
  }
}
