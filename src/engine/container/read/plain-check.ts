import { createHash } from 'node:crypto';
import { ContainerError } from '../format/container-error';
import type { StreamEntry } from '../format/manifest';

/** Compares a stream's plaintext with what the index says of it. */
export class PlainCheck {
  readonly #digest = createHash('sha256');
  #sizeBytes = 0;

  constructor(private readonly entry: StreamEntry) {}

  /** @throws ContainerError `index_mismatch` as soon as there is more than the index says, so that no bomb unfolds */
  take(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.entry.plain_size) throw this.#wrong('index_mismatch', 'is longer than the index says');
    this.#digest.update(chunk);
  }

  /** @throws ContainerError `index_mismatch` when there was less, `digest_mismatch` when it was something else */
  finish(): void {
    if (this.#sizeBytes !== this.entry.plain_size)
      throw this.#wrong('index_mismatch', 'is shorter than the index says');
    if (this.#digest.digest('hex') !== this.entry.plain_sha256) {
      throw this.#wrong('digest_mismatch', 'does not have the digest that the index says');
    }
  }

  #wrong(fault: 'index_mismatch' | 'digest_mismatch', what: string): ContainerError {
    const { id, name } = this.entry;
    return new ContainerError(fault, `Stream ${name} ${what}.`, { streamId: id, streamName: name });
  }
}
