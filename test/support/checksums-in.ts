import { createHash } from 'node:crypto';
import { readSequentially } from '../../src/engine/container/format/random-source';
import type { Storage } from '../../src/engine/storage/storage';

/** Of each container in a storage, the SHA-256 of its bytes. */
export async function checksumsIn(storage: Storage): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of await storage.list()) {
    const file = await storage.open(name);
    const digest = createHash('sha256');
    for await (const block of readSequentially(file, 1024 * 1024)) digest.update(block);
    await file.close();
    found.set(name, digest.digest('hex'));
  }
  return found;
}
