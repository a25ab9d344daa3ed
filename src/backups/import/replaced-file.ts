import { verifyBackup } from '../../engine/backup/open-backup';
import { ContainerError, type ContainerFault } from '../../engine/container/format/container-error';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import type { Storage } from '../../engine/storage/storage';

/** Another key or program may read these. */
const READABLE_ELSEWHERE: ReadonlySet<ContainerFault> = new Set([
  'key_not_in_ring',
  'unsupported_version',
  'index_too_large',
]);

/**
 * Removes the file that another one has replaced, if it is damaged. A whole one stays for a rescan to adopt: that a row named it proves
 * nothing, because the row may have been changed.
 *
 * @throws StorageError, and the reason of `signal`
 */
export async function removeDamaged(name: string, storage: Storage, ring: KeyRing, signal: AbortSignal): Promise<void> {
  if (await isDamaged(name, storage, ring, signal)) await storage.remove(name);
}

async function isDamaged(name: string, storage: Storage, ring: KeyRing, signal: AbortSignal): Promise<boolean> {
  const file = await storage.open(name);
  try {
    await verifyBackup(file, ring, { signal });
    return false;
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    return !READABLE_ELSEWHERE.has(error.fault);
  } finally {
    await file.close();
  }
}
