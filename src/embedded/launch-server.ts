import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { present } from '../engine/optional/present';
import { type Daemon, startDaemon } from '../engine/process/daemon';
import { type Place, SUPERUSER } from './place';
import { findPostmaster } from './postmaster';
import { lastLines } from './server-log';

const MAX_ATTEMPTS = 50;
const RETRY_DELAY_MS = 100;

/** How this start differs from another of the same cluster. */
export interface LaunchOptions {
  /** Empty: no socket. */
  readonly socketDirectory: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly isThrowaway: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Starts the server until it stays up: another program may take the port first, and dying backends hold memory. */
export async function launchServer(place: Place, options: LaunchOptions): Promise<{ daemon: Daemon; port: number }> {
  const logPath = join(place.directory, 'server.log');
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    await rm(logPath, { force: true });
    const port = await freePort();
    const left = await findPostmaster(place.dataDirectory);
    const settings: Record<string, string> = {
      port: `${port}`,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: options.socketDirectory,
      unix_socket_permissions: '0700',
      max_locks_per_transaction: '256',
      // Statements of errors would put data into the log.
      log_min_error_statement: 'panic',
      log_error_verbosity: 'terse',
      jit: 'off',
      ...options.settings,
    };
    const daemon = await startDaemon({
      command: join(place.binDirectory, 'postgres'),
      args: [
        '-D',
        place.dataDirectory,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      // The server takes a lock file with its grandparent's number for stale; that is how pg_ctl tells it about itself,
      // and here about a stranger that got the number of a dead server. Its check for living backends stays.
      env: left.state === 'stranger' ? { PG_GRANDPARENT_PID: `${left.pid}` } : {},
      workingDirectory: place.directory,
      logPath,
      stopSignal: 'INT',
      user: place.user,
      ...present({ removeAfterwards: options.isThrowaway ? place.directory : undefined }),
    });
    if (await comesUp(daemon, port, place.password, options.signal)) {
      daemon.unref();
      return { daemon, port };
    }
    const log = await lastLines(logPath);
    if (attempt >= MAX_ATTEMPTS || !/could not create any TCP|still in use/.test(log)) {
      throw new Error(`the embedded PostgreSQL server did not start:\n${log}`);
    }
    await delay(RETRY_DELAY_MS);
  }
}

// Recovery after a crash takes as long as it takes, so this waits for the one thing or the other.
async function comesUp(daemon: Daemon, port: number, password: string, signal?: AbortSignal): Promise<boolean> {
  const ended = new AbortController();
  void daemon.exited.then(() => ended.abort());
  while (!ended.signal.aborted) {
    if (signal?.aborted === true) {
      await daemon.stop();
      signal.throwIfAborted();
    }
    const client = new Client({ host: '127.0.0.1', port, user: SUPERUSER, password, database: 'postgres' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      await delay(20);
    } finally {
      await client.end();
    }
  }
  return false;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
      });
    });
  });
}
