import type { Dirent } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { systemCode } from '../storage/file-fault';

/**
 * Removes a directory of ours with all that is in it. Directories that came back without the right to write in them get it
 * first, where that is what stands in the way. No link is followed.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    await openUp(Buffer.from(path));
    await rm(path, { recursive: true, force: true });
  }
}

async function openUp(directory: Buffer): Promise<void> {
  await chmod(directory, 0o700);
  const entries: Dirent<Buffer>[] = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  for (const entry of entries) {
    if (entry.isDirectory()) await openUp(Buffer.concat([directory, Buffer.from('/'), entry.name]));
  }
}
