import { spawn } from 'node:child_process';

/** How a program ended. Text is Latin-1, so that any byte survives. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with `input` (Latin-1) on its standard input, however it ends. */
export function runProgram(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { PATH: process.env['PATH'], ...environment } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => {
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('latin1');
      resolve({ code: code ?? -1, stdout: text(stdout), stderr: text(stderr) });
    });
    child.stdin.end(Buffer.from(input, 'latin1'));
  });
}
