import type { RandomSource } from '../container/format/random-source';
import { digestOf } from './file-digest';
import { type Storage, StorageError } from './storage';

/** What is copied, and what its bytes must be. */
export interface Original {
  readonly name: string;
  readonly file: RandomSource;
  /** SHA-256, lower-case hex. */
  readonly checksum: string;
}

/**
 * Copies a file into a storage under the same name. It becomes visible only if its bytes have the checksum. A file that is there
 * already is kept when it has the checksum. Otherwise it is replaced by the new one, which is then whole and durable: what is
 * there may be the last that can be read. May be repeated.
 *
 * @throws StorageError; `changed` when the original does not have the checksum, `locked` when the storage keeps what is there
 */
export async function copyFile(
  { name, file, checksum }: Original,
  target: Storage,
  signal: AbortSignal,
): Promise<void> {
  const known = await target.stat(name);
  if (known !== undefined) {
    if (known.sizeBytes === file.sizeBytes && (await hasFile({ name, checksum }, target, signal))) return;
    if (known.lockedUntil !== undefined) throw new StorageError('locked');
  }
  const freeBytes = await target.freeBytes();
  if (freeBytes !== undefined && freeBytes < file.sizeBytes) throw new StorageError('no_space');
  const copy = await target.create(name, { expectedBytes: file.sizeBytes, signal });
  try {
    const digest = await digestOf(file, signal, (block) => copy.write(block));
    if (digest !== checksum) throw new StorageError('changed', { said: 'the original does not have its checksum' });
    signal.throwIfAborted();
    await (known === undefined ? copy.publish() : copy.replace());
  } finally {
    await copy.discard();
  }
}

/**
 * Whether the storage has the file with these bytes, all of which are read. One that cannot be read to its end is none.
 *
 * @throws the signal's reason
 */
export async function hasFile(
  { name, checksum }: Pick<Original, 'name' | 'checksum'>,
  storage: Storage,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const found = await storage.open(name);
    try {
      return (await digestOf(found, signal)) === checksum;
    } finally {
      await found.close();
    }
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
