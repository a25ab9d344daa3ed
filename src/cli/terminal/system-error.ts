import { basename, dirname } from 'node:path';

/** What the system says in one word, for people. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'something else uses it',
  EDQUOT: 'the quota of the disk is used up',
  EEXIST: 'it is there already',
  EFBIG: 'the file would be larger than the file system or a limit allows',
  EINVAL: 'the file system cannot do this',
  EIO: 'the disk cannot read or write it',
  EISDIR: 'it is a directory; a file is needed',
  ELOOP: 'it is a link, or links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open on this machine',
  ENODEV: 'there is no such device',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of its path is not a directory',
  ENOTEMPTY: 'the directory is not empty',
  ENXIO: 'there is no such device',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
  ESTALE: 'the network file system has lost it',
  ETXTBSY: 'the program is running',
  EXDEV: 'it is on another file system',
};

/** Names that files have until they are whole, and that people know nothing of. */
const DRAFT = /^\.(?:partial|rekey)-/;
/** A path by which only this process knows something. */
const OWN_HANDLE = /^\/proc\/(?:self|\d+)\/fd\//;

/** An error of the file system whose file is known. */
export class FileError extends Error {
  override readonly name = 'FileError';

  /** @param path as the caller has named it */
  constructor(path: string, cause: unknown) {
    super(systemErrorInWords(cause, path) ?? `${path}: failed`, { cause });
  }
}

/**
 * An error of the system as a sentence with the name of the file.
 *
 * @param path where the error does not know, or only by a name that means nothing to people
 * @returns `undefined` for any other error
 */
export function systemErrorInWords(error: unknown, path?: string): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  const words = WORDS[error.code];
  if (words === undefined) return undefined;
  const where = path ?? ('path' in error && typeof error.path === 'string' ? shownPath(error.path) : undefined);
  return where === undefined ? words : `${where}: ${words}`;
}

/**
 * Does work on one file; an error of the file system then names that file.
 *
 * @throws FileError, or whatever else `work` throws
 */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemErrorInWords(error) === undefined ? error : new FileError(path, error);
  }
}

function shownPath(path: string): string | undefined {
  if (OWN_HANDLE.test(path)) return undefined;
  return DRAFT.test(basename(path)) ? dirname(path) : path;
}
