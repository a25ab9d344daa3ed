import { posix } from 'node:path';

/**
 * Whether a link, read where it lies, stays inside of the tree.
 *
 * @param name the link's own name within the tree, with slashes
 * @param target what it points at
 */
export function staysInside(name: string, target: string): boolean {
  if (target === '' || posix.isAbsolute(target)) return false;
  const resolved = posix.normalize(posix.join(posix.dirname(name), target));
  return resolved !== '..' && !resolved.startsWith('../');
}
