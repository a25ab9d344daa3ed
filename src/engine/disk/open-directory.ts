import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * The path of a name inside of an open directory. Linux resolves it from the directory itself, wherever that has been moved to,
 * so that only the name's last component can be a link: Node has no openat(2).
 */
export function inside(directory: FileHandle, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory.fd}/`), name]);
}

/** The path of an open directory itself. */
export function itself(directory: FileHandle): string {
  return `/proc/self/fd/${directory.fd}/`;
}

/** Opens a directory inside of another one; a link is not followed. */
export async function openInside(directory: FileHandle, name: Buffer): Promise<FileHandle> {
  return open(inside(directory, name), FLAGS);
}

/** Opens the directory that a tree begins at. */
export async function openTop(path: string, { followsLink }: { followsLink: boolean }): Promise<FileHandle> {
  return open(path, followsLink ? constants.O_RDONLY | constants.O_DIRECTORY : FLAGS);
}
