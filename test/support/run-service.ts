import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { compileCache } from './compiled';

/** The service as a process of its own, as `npm start` runs it. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly output: () => { stdout: string; stderr: string };
  /** Resolves with what it printed once that matches, and rejects when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
}

/** As `npm start` runs it, from what `scripts/build-if-needed.mjs` has built before all tests. */
const ARGUMENTS: readonly string[] = [
  '--single-threaded-gc',
  '--max-semi-space-size=1',
  join(__dirname, '../../dist/src/main.js'),
];

/**
 * Starts the service.
 *
 * @param environment the whole of it, but for PATH, HOME and the place of Node's compile cache
 */
export function runService(environment: Readonly<Record<string, string>>, workingDirectory: string): ServiceProcess {
  const child = spawn(process.execPath, ARGUMENTS, {
    cwd: workingDirectory,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compileCache(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  return {
    child,
    output: () => ({ stdout, stderr }),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stdout);
          if (match !== null) resolve(match);
        };
        child.stdout.on('data', look);
        look();
        void ended.then((how) => reject(new Error(`the service ended with ${how}: ${stderr}`)));
      }),
    ended,
  };
}
