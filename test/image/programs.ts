import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** What a program that has ended printed, and its exit code. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of this machine that was started. */
export interface Started {
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  readonly printed: () => string;
  readonly hasEnded: () => boolean;
  /** Sends a signal to the program that does the work: the last of those that started one another. */
  readonly signalInnermost: (signal: NodeJS.Signals) => Promise<void>;
}

const running = new Set<ChildProcess>();

/** Starts a program; what it prints is collected. */
export function start(command: string, args: readonly string[]): Started {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]: unknown[]): Ended => {
    running.delete(child);
    return { code: typeof code === 'number' ? code : null, stdout, stderr };
  });
  return {
    ended,
    printed: () => `${stdout}${stderr}`,
    hasEnded: () => !running.has(child),
    async signalInnermost(signal) {
      const pid = child.pid === undefined ? undefined : (await descendants(child.pid)).at(-1);
      if (pid === undefined) throw new Error(`${command} has started nothing`);
      process.kill(pid, signal);
    },
  };
}

/**
 * Runs a program to its end.
 *
 * @returns what it printed
 * @throws Error with the end of what it printed, unless it ends with 0
 */
export async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await start(command, args).ended;
  if (code === 0) return stdout;
  const last = `${stdout}${stderr}`.trim().split('\n').slice(-25).join('\n');
  throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}:\n${last}`);
}

/** Ends everything that still runs and waits for its end. */
export async function endAll(): Promise<void> {
  for (const child of [...running]) {
    const ended = once(child, 'close');
    const pids = child.pid === undefined ? [] : await descendants(child.pid);
    for (const pid of pids) endNow(pid);
    child.kill('SIGKILL');
    await ended;
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by now.
  }
}

/** Those that a process has started, and those that these have, in this order. */
async function descendants(pid: number): Promise<number[]> {
  const tasks = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const all: number[] = [];
  for (const child of tasks.trim().split(' ').filter(Boolean).map(Number)) {
    all.push(child, ...(await descendants(child)));
  }
  return all;
}
