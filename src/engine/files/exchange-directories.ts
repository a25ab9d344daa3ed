import { lstat, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../storage/sync-directory';
import { removeTree } from './remove-tree';

/** The three places of one exchange, side by side in one file system, and what was there before it began. */
export interface DirectoryNames {
  /** What the application uses. */
  readonly live: string;
  /** Unpacked and complete. */
  readonly incoming: string;
  /** What the old live directory is called afterwards. */
  readonly kept: string;
  /** Whether there was a live directory before; without one nothing is kept, and to undo is to remove. */
  readonly isLiveThere: boolean;
  /** Whether anything comes in: the state that a rollback goes back to may be that there was no directory. */
  readonly isIncomingThere: boolean;
}

/**
 * Puts `incoming` in the place of `live`, which is kept. May be repeated after being cut short anywhere.
 *
 * @throws the system's error; {@link undoExchange} puts everything back
 */
export async function exchangeDirectories(names: DirectoryNames): Promise<void> {
  const { live, incoming, kept, isLiveThere, isIncomingThere } = names;
  if (isIncomingThere && !(await isThere(incoming))) return;
  if (isLiveThere && (await isThere(live)) && !(await isThere(kept))) await rename(live, kept);
  if (isIncomingThere) await rename(incoming, live);
  await syncDirectory(dirname(live));
}

/**
 * Puts the kept directory back if it was exchanged. May be repeated.
 *
 * @param options.keepIncoming what was to come in is itself a kept directory and stays; else it is removed
 */
export async function undoExchange(
  names: DirectoryNames,
  { keepIncoming = false }: { keepIncoming?: boolean } = {},
): Promise<void> {
  const { live, incoming, kept, isLiveThere, isIncomingThere } = names;
  const isIncomingLive = isIncomingThere && !(await isThere(incoming)) && (await isThere(live));
  if (isLiveThere && (await isThere(kept))) {
    if (isIncomingLive) await rename(live, incoming);
    if (!(await isThere(live))) await rename(kept, live);
  }
  if (!isLiveThere && isIncomingLive) await rename(live, incoming);
  if (!keepIncoming) await removeTree(incoming);
  await syncDirectory(dirname(live));
}

/** Whether there is anything at this path. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
