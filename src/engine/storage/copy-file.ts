import { createHash } from 'node:crypto';
import { lend } from '../bytes/borrowed';
import { type RandomSource, readSequentially } from '../container/format/random-source';
import { type Storage, StorageError } from './storage';

const BLOCK_BYTES = 1024 * 1024;

/** What is copied, and what its bytes must be. */
export interface Original {
  readonly name: string;
  readonly file: RandomSource;
  /** SHA-256, lower-case hex. */
  readonly checksum: string;
}

/**
 * Copies a file into a storage under the same name. It becomes visible only if its bytes have the checksum. A file that is there
 * already is kept when it has the checksum, and replaced otherwise. May be repeated.
 *
 * @throws StorageError; `changed` when the original does not have the checksum
 */
export async function copyFile(
  { name, file, checksum }: Original,
  target: Storage,
  signal: AbortSignal,
): Promise<void> {
  if (await isThere(name, checksum, target, signal)) return;
  const copy = await target.create(name, { expectedBytes: file.sizeBytes, signal });
  try {
    const digest = createHash('sha256');
    for await (const block of readSequentially(file, BLOCK_BYTES)) {
      signal.throwIfAborted();
      digest.update(block);
      await copy.write(lend(block));
    }
    if (digest.digest('hex') !== checksum)
      throw new StorageError('changed', { said: 'the original does not have its checksum' });
    signal.throwIfAborted();
    await copy.publish();
  } finally {
    await copy.discard();
  }
}

/** @returns false once nothing is in the way */
async function isThere(name: string, checksum: string, target: Storage, signal: AbortSignal): Promise<boolean> {
  if ((await target.stat(name)) === undefined) return false;
  const found = await target.open(name);
  try {
    const digest = createHash('sha256');
    for await (const block of readSequentially(found, BLOCK_BYTES)) {
      signal.throwIfAborted();
      digest.update(block);
    }
    if (digest.digest('hex') === checksum) return true;
  } finally {
    await found.close();
  }
  await target.remove(name);
  return false;
}
