import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it. Node's own recursive `mkdir` never ends, and takes a processor with it, where a
 * file system answers ENOENT although the parent is there (`/proc`, some network mounts): here each level is made once.
 *
 * @throws the system's error of the level that cannot be made
 */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  const missing: string[] = [];
  for (let level = resolve(path); !(await isDirectory(level)); level = dirname(level)) {
    missing.unshift(level);
    if (dirname(level) === level) break;
  }
  for (const level of missing) {
    try {
      await mkdir(level, { mode });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!(hasCode(error, 'EEXIST') && (await isDirectory(level)))) throw error;
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
