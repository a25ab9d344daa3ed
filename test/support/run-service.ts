import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

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

/** From its sources; or as `scripts/build-if-needed.mjs` has built it, which starts faster. */
export type ServiceProgram = 'source' | 'built';

const ARGUMENTS: Readonly<Record<ServiceProgram, readonly string[]>> = {
  source: ['--require', join(__dirname, 'register-typescript.js'), join(__dirname, '../../src/main.ts')],
  built: ['--single-threaded-gc', '--max-semi-space-size=1', join(__dirname, '../../dist/src/main.js')],
};

/**
 * Starts the service.
 *
 * @param environment the whole of it, but for PATH and HOME
 */
export function runService(
  environment: Readonly<Record<string, string>>,
  workingDirectory: string,
  program: ServiceProgram = 'source',
): ServiceProcess {
  const child = spawn(process.execPath, ARGUMENTS[program], {
    cwd: workingDirectory,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
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
