import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type pg from 'pg';
import { type DirectoryNames, isThere } from '../../engine/files/exchange-directories';
import { databaseOids } from '../../engine/postgres/database/staging';

/** PostgreSQL cuts longer names, silently. */
const MAX_NAME_BYTES = 63;

/**
 * A name of a database that belongs to a run: `<target>_<what>_<run id>`, the target's name shortened if need be. Where such
 * a database is there already (the control database was made anew, and its numbers began again), another number follows.
 *
 * @param admin connected to the maintenance database
 */
export async function freeDatabaseName(
  admin: pg.Client,
  target: string,
  what: 'restore' | 'before' | 'rehearsal',
  runId: number,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const name = databaseName(target, `_${what}_${runId}${attemptSuffix(attempt, '_')}`);
    if ((await databaseOids(admin, [name])).size === 0) return name;
  }
}

/**
 * Where the application files really are: when the configured path is a link, the directory that it leads to is exchanged, and
 * the link stays.
 */
export async function liveDirectory(filesPath: string): Promise<string> {
  return realpath(filesPath).catch(() => filesPath);
}

/**
 * Whether the configured path still leads to the directory that was live. One that was not there then, and has been made
 * since, is the same; a link that has been made in its place is not.
 */
export async function isStillLive(filesPath: string, live: string): Promise<boolean> {
  return (await placeOf(await liveDirectory(filesPath))) === (await placeOf(live));
}

/** Directories for one run, beside the live one, that are not there yet. */
export async function freeDirectoryNames(live: string, runId: number): Promise<DirectoryNames> {
  for (let attempt = 1; ; attempt += 1) {
    const suffix = `${runId}${attemptSuffix(attempt, '-')}`;
    const names = { live, incoming: `${live}.restore-${suffix}`, kept: `${live}.before-${suffix}` };
    if (!(await isThere(names.incoming)) && !(await isThere(names.kept))) {
      return { ...names, isLiveThere: await isThere(live), isIncomingThere: true };
    }
  }
}

/** A name of the role that loads the rows of a run: no other one, of another service on the same server, has it. */
export function loadRoleName(runId: number): string {
  return `berkut_load_${runId}_${randomBytes(4).toString('hex')}`;
}

/** A name of the role through which the readers of a kept rehearsal get in. */
export function readerRoleName(runId: number): string {
  return `berkut_readers_${runId}_${randomBytes(4).toString('hex')}`;
}

/** The target's name, shortened by whole characters until the suffix fits: half a character would come back as another one. */
export function databaseName(target: string, suffix: string): string {
  const stem = Array.from(target);
  while (Buffer.byteLength(stem.join('') + suffix) > MAX_NAME_BYTES) stem.pop();
  return stem.join('') + suffix;
}

/** Where a directory is or would be, by whatever links above it. */
async function placeOf(path: string): Promise<string> {
  return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
}

function attemptSuffix(attempt: number, separator: string): string {
  return attempt === 1 ? '' : `${separator}${attempt}`;
}
