import { StorageError, type StorageFault } from './storage';

const NO_SPACE: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Does `work` and turns the system's errors into the storage's. */
export async function asStorageErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStorageError(error);
  }
}

/** @param error what the file system threw */
export function toStorageError(error: unknown): StorageError {
  return error instanceof StorageError ? error : new StorageError(faultOf(systemCode(error)), { cause: error });
}

/** `ENOENT` and the like, if it is an error of the system. */
export function systemCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function faultOf(code: unknown): StorageFault {
  return NO_SPACE.has(code) ? 'no_space' : 'unavailable';
}
