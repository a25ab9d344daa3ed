import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../engine/disk/make-directory';
import { errorCode, isMissing } from './error-code';

/** Whom a file is given to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes a directory (and those above it) that only its owner may enter; `mode` opens it further. */
export async function privateDirectory(path: string, owner?: Owner, mode = 0o700): Promise<void> {
  await makeDirectory(path, mode);
  // Where another user has put a link, what it leads to is not ours to give away.
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handle.chmod(mode);
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
  } finally {
    await handle.close();
  }
}

/**
 * Content of a file with mode 0600 that is made with `create()` when it is not there. The file appears whole or not at
 * all, and of two processes that make it at once both get the same content.
 */
export async function keepPrivateFile(path: string, create: () => string, owner?: Owner): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await makeDirectory(dirname(path), 0o700);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(create());
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.sync();
    await link(draft, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

/** Writes a file with mode 0600, new or over the one that is there; it appears whole or not at all. */
export async function writePrivateFile(path: string, content: string, owner?: Owner): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.sync();
    await rename(draft, path);
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
