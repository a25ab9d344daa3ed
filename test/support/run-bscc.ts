import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { compileCache } from './compiled';

const run = promisify(execFile);

/** The command as `scripts/build-if-needed.mjs` has built it, before all tests: from its sources it starts several times slower. */
const BSCC: readonly string[] = [join(__dirname, '../../dist/src/cli/bscc.js')];

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `bscc` to its end, however it ends, with nothing in the environment but what is given, PATH and the place of Node's compile cache. */
export async function runBscc(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const options = {
    env: { PATH: process.env['PATH'], ...compileCache(), ...environment },
    maxBuffer: 64 * 1024 * 1024,
  };
  return run(process.execPath, [...BSCC, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ended,
  );
}

/** Starts `bscc` for a test that ends it. */
export function startBscc(
  args: readonly string[],
  environment: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const options = { env: { PATH: process.env['PATH'], ...compileCache(), ...environment } };
  const running = run(process.execPath, [...BSCC, ...args], options);
  const ended = running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ended,
  );
  return { child: running.child, ended };
}

/** Runs `bscc` with a file as its standard input. */
export async function pipeIntoBscc(
  file: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Ended> {
  const child = spawn(process.execPath, [...BSCC, ...args], {
    env: { PATH: process.env['PATH'], ...compileCache(), ...environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  await pipeline(createReadStream(file), child.stdin).catch(() => undefined);
  return { code: await closed, stdout, stderr };
}

/** `bscc` with these arguments as a shell would be given it. */
export function shellBscc(args: readonly string[]): string {
  return [process.execPath, ...BSCC, ...args].map((word) => `'${word}'`).join(' ');
}

/**
 * Runs `bscc` at a terminal of its own and types an answer when it asks.
 *
 * @param prompt what it asks with
 * @returns everything that the terminal showed, and the exit code in brackets
 */
export async function typeIntoBscc(
  args: readonly string[],
  prompt: string,
  answer: string,
  environment: Record<string, string> = {},
): Promise<string> {
  return atTerminal(shellBscc(args), environment, { prompt, answer });
}

/**
 * Runs a command of the shell at a terminal of its own.
 *
 * @returns everything that the terminal showed, and the exit code in brackets
 */
export async function atTerminal(
  command: string,
  environment: Record<string, string>,
  typed?: { readonly prompt: string; readonly answer: string },
): Promise<string> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], ...compileCache(), SHELL: '/bin/bash', TERM: 'dumb', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let isAsked = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (typed === undefined || isAsked || !shown.includes(typed.prompt)) return;
    isAsked = true;
    child.stdin.write(`${typed.answer}\r`);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return `${shown}[${String(code)}]`;
}
