import { runTool } from '../src/engine/process/run-tool';

/** Runs a pipeline of programs; any of them failing fails it. @returns its output */
export async function shell(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  return runTool({
    command: '/bin/bash',
    args: ['-euo', 'pipefail', '-c', script],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}
