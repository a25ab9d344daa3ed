import { type Storage, StorageError, type StorageLimit } from '../../engine/storage/storage';

/** With less than this no file can be begun. */
const FULL_BYTES = 16 * 1024 * 1024;

/** What a storage says that can be written. */
export interface TriedStorage {
  /** What it does without. */
  readonly limits: readonly StorageLimit[];
  /** `undefined` where there is no limit. */
  readonly freeBytes: number | undefined;
}

/**
 * Does what begins a file, and leaves none.
 *
 * @throws StorageError, also when the storage is full
 */
export async function tryOut(storage: Storage): Promise<TriedStorage> {
  const freeBytes = await storage.freeBytes();
  if (freeBytes !== undefined && freeBytes < FULL_BYTES) throw new StorageError('no_space');
  return { limits: await storage.tryOut(), freeBytes };
}
