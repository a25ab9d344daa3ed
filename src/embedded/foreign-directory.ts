import { lstat, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode, isMissing } from './error-code';
import { type Owner, privateDirectory } from './private-file';

/** The state of a trial is another user's. */
class ForeignDirectoryError extends Error {
  override readonly name = 'ForeignDirectoryError';
}

/**
 * Refuses to touch a directory of another user: root would take it from its owner, and an ordinary user can do nothing in it.
 * What root has made for the owner of the checkout is no such directory until that user's own server runs in it.
 *
 * @throws ForeignDirectoryError, with what to do about it
 */
export async function refuseForeignDirectory(directory: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const owner = await ownerOf(directory);
  if (owner === undefined || owner === uid) return;
  const isOurs = uid === 0 && owner === (await ownerOf(dirname(resolve(directory))));
  if (isOurs && (await ownerOf(join(directory, 'cluster'))) === undefined) return;
  const name = await userName(owner);
  throw new ForeignDirectoryError(
    `${directory} belongs to the user ${name}: start this as ${name}, or remove the directory and with it that trial`,
  );
}

/**
 * Whom root gives what it makes under a path: the user that the nearest directory belongs to, who would be locked out by
 * root's files in a checkout of its own.
 *
 * @returns `undefined` when what this process makes is to stay its own
 */
export async function ownerToBe(path: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (let nearest = resolve(path); ; nearest = dirname(nearest)) {
    try {
      const { uid, gid } = await stat(nearest);
      return uid === 0 ? undefined : { uid, gid };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/** As root, makes a directory that is missing, and those above it, for the user whom the rest belongs to. */
export async function provideDirectory(path: string): Promise<void> {
  const owner = await ownerToBe(path);
  if (owner === undefined || (await ownerOf(path)) !== undefined) return;
  await provideDirectory(dirname(path));
  await privateDirectory(path, owner);
}

/** @returns `undefined` when there is no such directory */
async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).uid;
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (errorCode(error) === 'EACCES') {
      throw new ForeignDirectoryError(`${path} cannot be read by this user: start this in a directory of your own`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function userName(uid: number): Promise<string> {
  const lines = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const line = lines.split('\n').find((candidate) => candidate.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? `number ${uid}`;
}
