import { createHash } from 'node:crypto';
import { look } from './borrowed';
import type { ByteSink } from './byte-sink';

/** A sink that also digests what passes. */
export interface HashingSink extends ByteSink {
  /** SHA-256 of all bytes, lower-case hex; to be asked once, after the last byte. */
  sha256(): string;
}

/** @param sink takes the bytes */
export function hashingSink(sink: ByteSink): HashingSink {
  const hash = createHash('sha256');
  return {
    async write(bytes) {
      hash.update(look(bytes));
      await sink.write(bytes);
    },
    sha256: () => hash.digest('hex'),
  };
}
