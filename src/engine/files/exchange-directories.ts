import { access, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../storage/sync-directory';

/** The three places of one exchange, side by side in one file system. */
export interface DirectoryNames {
  /** What the application uses. */
  readonly live: string;
  /** Unpacked and complete. */
  readonly incoming: string;
  /** What the old live directory is called afterwards. */
  readonly kept: string;
}

/**
 * Puts `incoming` in the place of `live`, which is kept. May be repeated after being cut short anywhere.
 *
 * @throws the system's error; {@link undoExchange} puts everything back
 */
export async function exchangeDirectories({ live, incoming, kept }: DirectoryNames): Promise<void> {
  if (!(await exists(incoming))) return;
  if ((await exists(live)) && !(await exists(kept))) await rename(live, kept);
  await rename(incoming, live);
  await syncDirectory(dirname(live));
}

/**
 * Puts the kept directory back if it was exchanged. May be repeated.
 *
 * @param options.keepIncoming what was to come in is itself a kept directory and stays; else it is removed
 */
export async function undoExchange(
  { live, incoming, kept }: DirectoryNames,
  { keepIncoming = false }: { keepIncoming?: boolean } = {},
): Promise<void> {
  if (await exists(kept)) {
    if (!keepIncoming) await rm(incoming, { recursive: true, force: true });
    if ((await exists(live)) && !(await exists(incoming))) await rename(live, incoming);
    if (!(await exists(live))) await rename(kept, live);
  }
  if (!keepIncoming) await rm(incoming, { recursive: true, force: true });
  await syncDirectory(dirname(live));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
