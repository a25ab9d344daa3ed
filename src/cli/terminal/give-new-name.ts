import { link, lstat, rename, unlink } from 'node:fs/promises';
import { systemCode } from '../../engine/storage/file-fault';
import { UsageError } from './exit-code';

/**
 * Gives a whole file its name. A rename would replace what has got that name meanwhile, a second link does not; where the file
 * system has no links, the name is looked at right before.
 *
 * @throws UsageError when the name is taken
 */
export async function giveNewName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || (await isThere(to))) throw new UsageError(`${to} is there already`);
    await rename(from, to);
    return;
  }
  await unlink(from);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
