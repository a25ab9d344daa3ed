import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A service that runs, and how to end it. */
export interface BuiltService {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts what `npm run build` has made, with an environment of its own. */
export async function runBuiltService(environment: Readonly<Record<string, string>>): Promise<BuiltService> {
  const child = spawn(process.execPath, [...(await startFlags()), join(__dirname, '../dist/src/main.js')], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /API +(http:\S+)\/api\n/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error('the service has ended')));
  });
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What `npm start` gives to Node. */
async function startFlags(): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(__dirname, '../package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** Starts the bare server of the comparison. */
export async function runBareServer(source: string, destination: string): Promise<BuiltService> {
  const child = spawn(process.execPath, [join(__dirname, 'bare-server.mjs'), source, destination], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return {
    url: `http://127.0.0.1:${port.trim()}`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
