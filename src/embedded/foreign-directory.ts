import { lstat, readFile } from 'node:fs/promises';
import { errorCode, isMissing } from './error-code';

/** The state of a trial is another user's. */
class ForeignDirectoryError extends Error {
  override readonly name = 'ForeignDirectoryError';
}

/**
 * Refuses to touch a directory of another user: root would take it from its owner, and an ordinary user can do nothing in it.
 *
 * @throws ForeignDirectoryError, with what to do about it
 */
export async function refuseForeignDirectory(directory: string): Promise<void> {
  const uid = process.getuid?.();
  if (uid === undefined) return;
  const owner = await ownerOf(directory);
  if (owner === undefined || owner === uid) return;
  const name = await userName(owner);
  throw new ForeignDirectoryError(
    `${directory} belongs to the user ${name}: start this as ${name}, or remove the directory and with it that trial`,
  );
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
