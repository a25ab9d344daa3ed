import { readFile } from 'node:fs/promises';
import { errorCode } from './error-code';

/**
 * Names a living process so that another one that got the same number later is told apart: its number and, where the
 * system has /proc, the moment of its start. `undefined` when no process has the number.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold blanks; the start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19] ?? ''];
    // Dead, only not yet collected by its parent.
    if (state === 'Z') return undefined;
    return `${pid} ${startTicks}`;
  } catch {
    return isAlive(pid) ? `${pid}` : undefined;
  }
}

/** Whether a process of that number exists, under any owner. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
