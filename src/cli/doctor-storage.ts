import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectHeader } from '../engine/container/header';
import { HEADER_BYTES } from '../engine/container/layout';
import type { AppConfig } from '../kernel/config/config';
import type { Diagnosis } from './doctor';

/** Without a backup to go by: less than this is suspicious on any machine. */
const LITTLE_BYTES = 1024 ** 3;

/** Whether backups can be written, how much room there is, and whether the keys open what is there. */
export async function checkStorage(config: AppConfig): Promise<Diagnosis[]> {
  const writable = await checkWritable(config.storagePath);
  if (writable.state === 'problem') return [writable];
  return [writable, await checkRoom(config.storagePath), await checkKeys(config)];
}

async function checkWritable(directory: string): Promise<Diagnosis> {
  const check = 'storage';
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `.doctor-${randomBytes(8).toString('hex')}`);
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile('x');
      await handle.sync();
    } finally {
      await handle.close();
      await rm(path);
    }
    const { mode } = await stat(directory);
    if ((mode & 0o077) !== 0) {
      return {
        check,
        state: 'warning',
        message: 'other users of this machine can look into the storage directory',
        advice: `chmod 700 ${directory}`,
      };
    }
    return { check, state: 'ok', message: `${directory} can be written` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    return {
      check,
      state: 'problem',
      message: `${directory} cannot be written (${code})`,
      advice: 'run this as the user of the service; let that user own the directory of BERKUT_BACKUP_PATH',
    };
  }
}

async function checkRoom(directory: string): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  const sizes = await Promise.all((await containersIn(directory)).map(async (path) => (await stat(path)).size));
  const largest = Math.max(0, ...sizes);
  const isLittle = freeBytes < Math.max(3 * largest, LITTLE_BYTES);
  return {
    check: 'room',
    state: isLittle ? 'warning' : 'ok',
    message: `${gigabytes(freeBytes)} GB are free; the largest of ${sizes.length} backups has ${gigabytes(largest)} GB`,
    ...(isLittle ? { advice: 'make room, or keep fewer backups (PUT /api/backups/plan)' } : {}),
  };
}

async function checkKeys({ storagePath, keyRing }: AppConfig): Promise<Diagnosis> {
  const missing = new Set<string>();
  let unreadable = 0;
  const paths = await containersIn(storagePath);
  for (const path of paths) {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
      const { keyId } = inspectHeader(buffer.subarray(0, bytesRead));
      if (keyRing.find(keyId) === undefined) missing.add(keyId);
    } catch {
      unreadable += 1;
    } finally {
      await handle.close();
    }
  }
  if (missing.size > 0) {
    return {
      check: 'keys',
      state: 'problem',
      message: `backups need keys that are not there: ${[...missing].join(', ')}; the ring has ${keyRing.ids().join(', ')}`,
      advice: 'add the old keys to the file of BERKUT_BACKUP_PREVIOUS_KEYS_FILE',
    };
  }
  const others = unreadable === 0 ? '' : `; ${unreadable} are of version 1 or no backups, bscc verify tells`;
  return { check: 'keys', state: 'ok', message: `the ring opens ${paths.length - unreadable} backups${others}` };
}

async function containersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^[^.].*\.bscc$/.test(entry.name))
    .map(({ name }) => join(directory, name));
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
