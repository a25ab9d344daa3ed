import { open } from 'node:fs/promises';
import { systemCode } from './file-fault';

/** What file systems answer that keep no directories of their own to be synced: some network and FUSE file systems. */
const CANNOT_SYNC: ReadonlySet<unknown> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EBADF']);

/**
 * Makes names that were added to or taken from a directory durable.
 *
 * @returns false where the file system cannot do that: then it is durable when the file system thinks fit
 */
export async function syncDirectory(directory: string): Promise<boolean> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
    return true;
  } catch (error) {
    if (!CANNOT_SYNC.has(systemCode(error))) throw error;
    return false;
  } finally {
    await handle.close();
  }
}
