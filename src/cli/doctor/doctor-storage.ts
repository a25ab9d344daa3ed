import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { problem, sentenceOf, warning } from '../../engine/findings/finding';
import type { StoragePlace } from '../../engine/place/open-storage';
import { systemCode } from '../../engine/storage/file-fault';
import { LocalStorage } from '../../engine/storage/local-storage';
import { STORAGE_LIMITS, StorageError } from '../../engine/storage/storage';
import type { AppConfig } from '../../kernel/config/config';
import { type Diagnosis, found, ok } from './diagnosis';
import { checkKeys } from './doctor-keys';
import { checkS3 } from './doctor-s3';
import { OF_FIRST, ofFurther, type StorageChecks } from './storage-checks';

/** Without a backup to go by: less than this is suspicious on any machine. */
const LITTLE_BYTES = 1024 ** 3;
/** The next backup is about as large as one of the newest. */
const RECENT = 10;

/** Whether backups and copies can be written, how much room there is, and whether the keys open what is there. */
export async function checkStorages(config: AppConfig): Promise<Diagnosis[]> {
  const diagnoses = await checkFirst(config);
  for (const { name, place } of config.furtherStorages)
    diagnoses.push(...(await checkFurther(place, config, ofFurther(name))));
  return diagnoses;
}

async function checkFirst(config: AppConfig): Promise<Diagnosis[]> {
  const { storage: place } = config;
  if (place.kind === 's3') return checkS3(place, config, OF_FIRST);
  const missing = await checkMissing(place.path);
  return missing === undefined ? checkDirectory(place.path, config, OF_FIRST) : [missing];
}

async function checkFurther(place: StoragePlace, config: AppConfig, checks: StorageChecks): Promise<Diagnosis[]> {
  if (place.kind === 's3') return checkS3(place, config, checks);
  const { path: directory } = place;
  if (await isThere(directory)) return checkDirectory(directory, config, checks);
  return [found(checks.storage, problem('storage.not_there', { directory }))];
}

/** @param path of a directory that is there */
async function checkDirectory(path: string, { keyRing }: AppConfig, checks: StorageChecks): Promise<Diagnosis[]> {
  const writable = await checkWritable(path, checks);
  if (writable.state === 'problem') return [writable];
  const storage = new LocalStorage(path);
  const keys = await checkKeys(checks.keys, storage, await storage.list(), keyRing);
  return [writable, await checkRoom(path, checks), keys];
}

/**
 * A directory that is not there is made by the service, as its user; made here, perhaps by root, it would be in its way.
 *
 * @returns `undefined` when it is there
 */
async function checkMissing(directory: string): Promise<Diagnosis | undefined> {
  const check = 'storage';
  if (await isThere(directory)) return undefined;
  let parent = dirname(resolve(directory));
  while (!(await isThere(parent))) parent = dirname(parent);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return ok(check, `${directory} is not there yet, and is made by the service`);
  } catch {
    return found(check, problem('storage.cannot_be_made', { directory, parent }));
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => systemCode(error) !== 'ENOENT',
  );
}

async function checkWritable(directory: string, { storage: check, setting }: StorageChecks): Promise<Diagnosis> {
  try {
    const limits = await new LocalStorage(directory).tryOut();
    const { mode } = await stat(directory);
    if ((mode & 0o077) !== 0) return found(check, warning('storage.open_to_others', { directory }));
    if (limits.length > 0) {
      const inWords = limits.map((limit) => STORAGE_LIMITS[limit]).join('; ');
      return found(check, warning('storage.limited', { directory, setting, limits: inWords }));
    }
    return ok(check, `${directory} can be written`);
  } catch (error) {
    const errno = error instanceof StorageError ? systemCode(error.cause) : undefined;
    return found(
      check,
      problem('storage.not_writable', { directory, setting, error: typeof errno === 'string' ? errno : 'failed' }),
    );
  }
}

async function checkRoom(directory: string, { room: check }: StorageChecks): Promise<Diagnosis> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  const files = await Promise.all((await containersIn(directory)).map(sizeAndTime));
  const largest = largestOf(files);
  const recent = largestOf(files.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(0, RECENT));
  const free = gigabytes(freeBytes);
  if (freeBytes < recent) return found(check, problem('storage.no_room', { free, needed: gigabytes(recent) }));
  const little = warning('storage.little_room', { free, count: files.length, largest: gigabytes(largest) });
  return freeBytes < Math.max(3 * largest, LITTLE_BYTES) ? found(check, little) : ok(check, sentenceOf(little));
}

function largestOf(files: readonly { size: number }[]): number {
  return Math.max(0, ...files.map(({ size }) => size));
}

/** Retention may have removed it since it was listed. */
async function sizeAndTime(path: string): Promise<{ size: number; mtimeMs: number }> {
  return stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
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
