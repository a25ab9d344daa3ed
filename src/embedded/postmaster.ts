import { existsSync } from 'node:fs';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMissing } from './error-code';
import { isAlive } from './process-identity';

/**
 * What `postmaster.pid` in a data directory leads to:
 * `none` no file, or its process is gone (the server itself deals with such a file, and checks that no backend lives on);
 * `stranger` the number now belongs to another program, over which the server would refuse to start;
 * `running` a server of this very directory.
 */
export type Postmaster = { readonly state: 'none' } | { readonly state: 'stranger' | 'running'; readonly pid: number };

/** Reads `postmaster.pid` and looks at the process it names. */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster> {
  let lines: string[];
  try {
    lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if (isMissing(error)) return { state: 'none' };
    throw error;
  }
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0 || !isAlive(pid)) return { state: 'none' };
  const isOurs = existsSync('/proc/self') ? await worksIn(pid, dataDirectory) : await answersOn(Number(lines[3]));
  return { state: isOurs ? 'running' : 'stranger', pid };
}

/** Ends a server that outlived the process that started it: a fast shutdown, so nothing is lost. */
export async function endPostmaster(dataDirectory: string, pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It has ended by itself in this moment, as the guard of its dead owner told it to.
  }
  for (;;) {
    const now = await findPostmaster(dataDirectory);
    if (now.state !== 'running' || now.pid !== pid) return;
    await delay(20);
  }
}

// A server's working directory is its data directory.
async function worksIn(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDirectory));
  } catch {
    return false;
  }
}

async function answersOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
