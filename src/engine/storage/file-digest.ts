import { createHash } from 'node:crypto';
import { look, type Borrowed } from '../bytes/borrowed';
import { released } from '../bytes/release-bytes';
import { type RandomSource, readSequentially } from '../container/format/random-source';

const BLOCK_BYTES = 1024 * 1024;

/**
 * Reads all of it, and returns its SHA-256 in lower-case hex.
 *
 * @param each gets a block, which it may use until the next one
 * @throws what reading throws, and the signal's reason
 */
export async function digestOf(
  file: RandomSource,
  signal?: AbortSignal,
  each: (block: Borrowed) => Promise<void> | undefined = () => undefined,
): Promise<string> {
  const digest = createHash('sha256');
  for await (const block of released(readSequentially(file, BLOCK_BYTES, signal))) {
    digest.update(look(block));
    await each(block);
  }
  return digest.digest('hex');
}
