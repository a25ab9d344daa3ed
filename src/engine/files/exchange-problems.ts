import { constants } from 'node:fs';
import { access, lstat, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Finding, problem } from '../findings/finding';

const STICKY = 0o1000;
const ROOT = 0;

/**
 * What would keep a directory from being exchanged with one beside it, found without changing anything.
 *
 * @param live the directory without links in its path; it need not be there
 * @param user who is to exchange it; this process
 */
export async function exchangeProblems(live: string, user = process.geteuid?.()): Promise<Finding[]> {
  const parent = dirname(live);
  const problems: Finding[] = [];
  try {
    await access(parent, constants.W_OK | constants.X_OK);
  } catch {
    problems.push(problem('files.parent_not_writable'));
  }
  const stats = await lstat(live).catch(() => undefined);
  if (stats === undefined) return problems;
  if (!stats.isDirectory()) return [...problems, problem('files.not_a_directory')];
  const above = await stat(parent);
  const mounts = await mountPoints();
  // A subvolume has a device of its own and can be renamed all the same.
  if (mounts.length === 0 ? stats.dev !== above.dev : mounts.includes(live)) {
    problems.push(problem('files.mount_point'));
  }
  // The old files are renamed and later removed, and a file system that is mounted there would be emptied with them.
  if (mounts.some((mount) => mount.startsWith(`${live}/`))) {
    problems.push(problem('files.mounted_below'));
  }
  const isOurs = user === ROOT || user === stats.uid || user === above.uid;
  if ((above.mode & STICKY) !== 0 && !isOurs) {
    problems.push(problem('files.sticky'));
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
