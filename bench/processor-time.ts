import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks a second in /proc (`sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on). */
const TICKS = 100;

/** Seconds of processor time since a process began, by who used them. */
export interface ProcessorTime {
  /** Its thread that runs JavaScript. */
  main: number;
  /** Its other threads: those of the thread pool compress, decompress, read and write. */
  pool: number;
  /** Programs it has started that have ended. */
  children: number;
}

/** Reads /proc (proc(5)). */
export async function processorTimeOf(pid: number): Promise<ProcessorTime> {
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = await times(`/proc/${pid}/stat`);
  const [mainUser = 0, mainSystem = 0] = await times(`/proc/${pid}/task/${pid}/stat`);
  const main = mainUser + mainSystem;
  return { main, pool: user + system - main, children: childUser + childSystem };
}

/** What a server's sessions that have ended, and those that go on, have used: all children of its postmaster. */
export async function serverTime(postmaster: number): Promise<number> {
  const { children } = await processorTimeOf(postmaster);
  let going = 0;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    if (fieldsOf(stat)[PARENT] !== String(postmaster)) continue;
    const [user = 0, system = 0] = await times(`/proc/${entry}/stat`).catch(() => []);
    going += user + system;
  }
  return children + going;
}

/** Of the fields behind the name: parent, and utime, stime, cutime, cstime. */
const PARENT = 1;
const TIMES_FROM = 11;
const TIMES_TO = 15;

async function times(path: string): Promise<number[]> {
  const fields = fieldsOf(await readFile(path, 'utf8'));
  return fields.slice(TIMES_FROM, TIMES_TO).map((ticks) => Number(ticks) / TICKS);
}

/** The name of a process may hold spaces and parentheses; what counts is behind the last one. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
