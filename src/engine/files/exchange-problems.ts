import { constants } from 'node:fs';
import { access, lstat, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const STICKY = 0o1000;
const ROOT = 0;

/**
 * What would keep a directory from being exchanged with one beside it, in words for people; found without changing anything.
 *
 * @param live the directory without links in its path; it need not be there
 * @param user who is to exchange it; this process
 */
export async function exchangeProblems(live: string, user = process.geteuid?.()): Promise<string[]> {
  const parent = dirname(live);
  const problems: string[] = [];
  try {
    await access(parent, constants.W_OK | constants.X_OK);
  } catch {
    problems.push(
      'the directory that holds the application files cannot be written: the new files go beside the old ones',
    );
  }
  const stats = await lstat(live).catch(() => undefined);
  if (stats === undefined) return problems;
  if (!stats.isDirectory()) return [...problems, 'the files path is not a directory'];
  const above = await stat(parent);
  const mounts = await mountPoints();
  // A subvolume has a device of its own and can be renamed all the same.
  if (mounts.length === 0 ? stats.dev !== above.dev : mounts.includes(live)) {
    problems.push(
      'the files path is a mount point, which cannot be exchanged: mount its parent and use a directory below it',
    );
  }
  // The old files are renamed and later removed, and a file system that is mounted there would be emptied with them.
  if (mounts.some((mount) => mount.startsWith(`${live}/`))) {
    problems.push('a file system is mounted below the files path: it would be moved away with the old files');
  }
  const isOurs = user === ROOT || user === stats.uid || user === above.uid;
  if ((above.mode & STICKY) !== 0 && !isOurs) {
    problems.push(
      'the files path belongs to another user in a directory with a sticky bit: only that user can rename it',
    );
  }
  return problems;
}

/** Linux says where file systems are mounted, also those that are the same one under another name. */
async function mountPoints(): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined ? [] : [unescaped(point)];
  });
}

/** Blanks and the like are octal there. */
function unescaped(path: string): string {
  return Buffer.from(
    path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))),
    path.includes('\\') ? 'latin1' : 'utf8',
  ).toString();
}
