import { access, constants, open, opendir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { visible } from '../../engine/bytes/visible-text';
import { problem, warning } from '../../engine/findings/finding';
import { systemCode } from '../../engine/storage/file-fault';
import type { AppConfig } from '../../kernel/config/config';
import { type Diagnosis, found, ok } from './diagnosis';

/** More would keep a person waiting who wants to know of everything else, too. */
const MOST_FILES = 20_000;
const READ_ALONE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** What a backup leaves out: it has gone, or has become something else, since it was listed. */
const SOMETHING_ELSE: ReadonlySet<unknown> = new Set(['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO']);

/** Whether the application files can be read that backups are to hold, and a restore can put others beside them. */
export async function checkFiles({ filesPath }: AppConfig): Promise<Diagnosis[]> {
  const check = 'files';
  if (filesPath === undefined) return [];
  try {
    await access(filesPath, constants.R_OK | constants.X_OK);
    if (!(await stat(filesPath)).isDirectory()) throw new Error('no directory');
  } catch {
    return [found(check, problem('files.unusable_directory', { directory: filesPath }))];
  }
  const walk = await firstUnreadable(filesPath);
  if (walk.unreadable !== undefined) return [found(check, problem('files.unreadable', walk.unreadable))];
  try {
    await access(dirname(filesPath), constants.W_OK | constants.X_OK);
  } catch {
    return [found(check, warning('files.not_restorable', { directory: filesPath }))];
  }
  return [ok(check, `${filesPath} can be read${walk.isCut ? `, its first ${MOST_FILES} files at least` : ''}`)];
}

interface Walk {
  readonly unreadable?: { readonly path: string; readonly error: string };
  /** Not all was looked at. */
  readonly isCut: boolean;
}

/** Opens files and directories as a backup does, level by level, until one cannot be opened. */
async function firstUnreadable(top: string): Promise<Walk> {
  let left = MOST_FILES;
  const directories = [top];
  for (let directory = directories.shift(); directory !== undefined; directory = directories.shift()) {
    try {
      for await (const entry of await opendir(directory)) {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) directories.push(path);
        const code = entry.isFile() ? await refusalOf(path) : undefined;
        if (code !== undefined) return { unreadable: unreadable(path, code), isCut: false };
        left -= 1;
        if (left === 0) return { isCut: true };
      }
    } catch (error) {
      const code = systemCode(error);
      if (!SOMETHING_ELSE.has(code)) return { unreadable: unreadable(directory, code), isCut: false };
    }
  }
  return { isCut: false };
}

/** @returns `undefined` when it can be opened, or is no such file any more */
async function refusalOf(path: string): Promise<unknown> {
  try {
    await (await open(path, READ_ALONE)).close();
  } catch (error) {
    const code = systemCode(error);
    if (!SOMETHING_ELSE.has(code)) return code;
  }
  return undefined;
}

function unreadable(path: string, code: unknown): NonNullable<Walk['unreadable']> {
  return { path: visible(path), error: String(code) };
}
