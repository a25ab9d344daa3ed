import { createHash } from 'node:crypto';
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
  signal: AbortSignal,
  each: (block: Buffer) => Promise<void> | undefined = () => undefined,
): Promise<string> {
  const digest = createHash('sha256');
  for await (const block of readSequentially(file, BLOCK_BYTES)) {
    signal.throwIfAborted();
    digest.update(block);
    await each(block);
  }
  return digest.digest('hex');
}
