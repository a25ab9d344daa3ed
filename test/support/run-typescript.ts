import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A TypeScript program running in a process of its own. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** Resolves when the process has ended, in whatever way. */
  readonly ended: Promise<void>;
  /** Kills it without a chance to tidy up, and waits for the end. */
  kill(): Promise<void>;
}

/**
 * Starts a TypeScript file of test/support as a process that a test may kill.
 *
 * @returns the process, and the first line it prints
 */
export async function runTypescript(
  file: string,
  args: readonly string[],
): Promise<RunningProgram & { readonly firstLine: string }> {
  const child = spawn(
    process.execPath,
    ['--require', join(__dirname, 'register-typescript.js'), join(__dirname, file), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const firstLine = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    void ended.then(() => reject(new Error(`${file} ended without a word`)));
  });
  return {
    child,
    ended,
    firstLine,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
