import { lend } from '../../engine/bytes/borrowed';
import { HEADER_BYTES } from '../../engine/container/format/layout';
import { type RandomSource, readSequentially } from '../../engine/container/format/random-source';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { digestOf } from '../../engine/storage/file-digest';
import { type Storage, StorageError, type StoredFile } from '../../engine/storage/storage';
import { type RekeyedFile, rewrapped } from './rekey';

const BLOCK_BYTES = 1024 * 1024;

/** What one object has come to. */
type Outcome =
  | { readonly result: 'rekeyed' | 'unchanged' | 'removed'; readonly as?: string }
  | { readonly result: 'skipped'; readonly reason: string };

/** Which objects, and what is done with them. */
export interface ObjectsToRekey {
  readonly storage: Storage;
  /** Shown before each name. */
  readonly place: string;
  /** One object; without it every container of the place. */
  readonly only: string | undefined;
  /** Removes objects that an earlier run has copied, once the copy is found to be whole, and copies none. */
  readonly removesOld: boolean;
}

/**
 * Seals objects with the current key of a ring. An object cannot be changed, and what replaces one cannot be taken back: each is copied
 * under a new name with a new header, and stays. A copy is visible when it is whole; of a run that was killed the next one ends the
 * uploads and goes on.
 *
 * @param ring the new key as the current one, the old ones as previous ones
 * @param onProgress is told how many bytes of all objects are done
 */
export async function* rekeyObjects(
  { storage, place, only, removesOld }: ObjectsToRekey,
  ring: KeyRing,
  onProgress: (done: number, total: number) => void = () => undefined,
): AsyncGenerator<RekeyedFile, void, undefined> {
  const names = only === undefined ? (await storage.list()).filter((name) => name.endsWith('.bscc')) : [only];
  const news = new Set(names.map((name) => rekeyedName(name, ring.current.id)));
  await storage.removeLeftovers((name) => !news.has(name));
  const sizes: number[] = [];
  for (const name of names) sizes.push((await storage.stat(name).catch(() => undefined))?.sizeBytes ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  onProgress(done, total);
  for (const [i, name] of names.entries()) {
    const file = `${place}${name}`;
    try {
      let copied = 0;
      const onBytes = (bytes: number): void => onProgress(done + (copied += bytes), total);
      yield { file, ...(await rekeyObject(name, storage, { ring, onBytes, removesOld })) };
    } catch (error) {
      yield { file, result: 'failed', error };
    }
    done += sizes[i] ?? 0;
    onProgress(done, total);
  }
}

/** The name of an object once it is sealed with a key: it ends with the beginning of the key's id. */
export function rekeyedName(name: string, keyId: string): string {
  return name.replace(/(?:-k[0-9a-f]{8})?\.bscc$/, `-k${keyId.slice(0, 8)}.bscc`);
}

async function rekeyObject(
  name: string,
  storage: Storage,
  { ring, onBytes, removesOld }: { ring: KeyRing; onBytes: (bytes: number) => void; removesOld: boolean },
): Promise<Outcome> {
  const original = await storage.open(name);
  try {
    const header = rewrapped(await original.read(0, Math.min(HEADER_BYTES, original.sizeBytes)), ring);
    if (header === 'version 1') return { result: 'skipped', reason: 'a file of version 1 has no key in its header' };
    if (header === undefined) return { result: 'unchanged' };
    const as = rekeyedName(name, ring.current.id);
    if ((await storage.stat(as)) !== undefined) {
      if (!(await isCopy(as, original, storage, ring))) throw new StorageError('exists', { said: `as ${as}` });
      if (!removesOld) return { result: 'unchanged', as };
      await storage.remove(name);
      return { result: 'removed', as };
    }
    if (removesOld) return { result: 'skipped', reason: 'it has not been copied: run without --remove-old first' };
    const isMade = await copyObject(original, { name, as, header, storage, onBytes });
    return isMade ? { result: 'rekeyed', as } : { result: 'skipped', reason: 'it was removed or replaced meanwhile' };
  } finally {
    await original.close();
  }
}

/** @returns false when the original is not there any more as it was: its backup must not come back under another name */
async function copyObject(
  original: StoredFile,
  copy: { name: string; as: string; header: Buffer; storage: Storage; onBytes: (bytes: number) => void },
): Promise<boolean> {
  const { name, as, header, storage, onBytes } = copy;
  const pending = await storage.create(as, { expectedBytes: original.sizeBytes });
  try {
    await pending.write(lend(header));
    for await (const block of readSequentially(tailOf(original), BLOCK_BYTES)) {
      await pending.write(lend(block));
      onBytes(block.length);
    }
    if ((await storage.stat(name))?.version !== original.version) return false;
    await pending.publish();
    return true;
  } finally {
    await pending.discard();
  }
}

/** Whether an object is the original under the current key: all but the header is read and compared. */
async function isCopy(as: string, original: StoredFile, storage: Storage, ring: KeyRing): Promise<boolean> {
  const copy = await storage.open(as);
  try {
    if (copy.sizeBytes !== original.sizeBytes) return false;
    if (rewrapped(await copy.read(0, HEADER_BYTES), ring) !== undefined) return false;
    return (await digestOf(tailOf(copy))) === (await digestOf(tailOf(original)));
  } finally {
    await copy.close();
  }
}

/** What lies behind the header. */
function tailOf(file: StoredFile): RandomSource {
  const { readOn } = file;
  return {
    sizeBytes: file.sizeBytes - HEADER_BYTES,
    read: (position, lengthBytes) => file.read(position + HEADER_BYTES, lengthBytes),
    readOn: readOn && ((start) => readOn(start + HEADER_BYTES)),
  };
}
