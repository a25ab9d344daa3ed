import { inspectHeader } from '../../engine/container/format/header';
import { HEADER_BYTES } from '../../engine/container/format/layout';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { problem } from '../../engine/findings/finding';
import type { Storage } from '../../engine/storage/storage';
import { type Diagnosis, found, ok } from './diagnosis';

/**
 * Whether the keys open what is in the storage.
 *
 * @param check how this is called
 * @param names of its files
 */
export async function checkKeys(
  check: string,
  storage: Storage,
  names: readonly string[],
  keyRing: KeyRing,
): Promise<Diagnosis> {
  const missing = new Set<string>();
  let unreadable = 0;
  const containers = names.filter((name) => name.endsWith('.bscc'));
  for (const name of containers) {
    try {
      const { keyId } = inspectHeader(await beginningOf(storage, name));
      if (keyRing.find(keyId) === undefined) missing.add(keyId);
    } catch {
      unreadable += 1;
    }
  }
  if (missing.size > 0) {
    return found(check, problem('storage.keys_missing', { missing: [...missing], ring: keyRing.ids() }));
  }
  const others =
    unreadable === 0 ? '' : `; ${unreadable} are of version 1, no backups, or cannot be read: bscc verify tells`;
  return ok(check, `the ring opens ${containers.length - unreadable} backups${others}`);
}

async function beginningOf(storage: Storage, name: string): Promise<Buffer> {
  const file = await storage.open(name);
  try {
    return await file.read(0, Math.min(HEADER_BYTES, file.sizeBytes));
  } finally {
    await file.close();
  }
}
