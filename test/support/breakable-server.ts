import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../src/embedded/cluster';
import { findPostmaster } from '../../src/embedded/postmaster';
import { findServerUser } from '../../src/embedded/server-user';
import { type Daemon, startDaemon } from '../../src/engine/process/daemon';
import { runTool } from '../../src/engine/process/run-tool';
import type { TestDatabase } from './cluster';
import { withClient } from './cluster';
import { eventually } from './eventually';

/** A server of its own that dies, stays away for a while and comes back at the same address with the same data. */
export interface BreakableServer {
  readonly adminUrl: string;
  url(database: string): string;
  createDatabase(name: string): Promise<TestDatabase>;
  /** Kills the postmaster with SIGKILL; its other processes end because of it. */
  kill(): Promise<void>;
  /** Fast shutdown, as of an administrator. */
  shutDown(): Promise<void>;
  /** Starts it again, with crash recovery where that is needed; resolves when it takes connections. */
  start(): Promise<void>;
  /** How large files may grow, bytes, of sessions that begin from now on: as if the disk ended there. */
  limitFiles(size: number | 'unlimited'): Promise<void>;
  remove(): Promise<void>;
}

export async function breakableServer(): Promise<BreakableServer> {
  const directory = await mkdtemp(join(tmpdir(), 'berkut-breakable-'));
  const dataDirectory = join(directory, 'data');
  const user = await findServerUser();
  const cluster = await startCluster({
    directory,
    // What was committed survives a killed server. What was not is lost for sure, because no process writes it out meanwhile:
    // the worst that a server may do.
    settings: { fsync: 'off', full_page_writes: 'off', wal_writer_delay: '10s' },
  });
  const { pid: firstPid } = await running(dataDirectory);
  const [command = '', ...args] = (await readFile(`/proc/${firstPid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  let daemon: Daemon | undefined;

  const end = async (signal: 'SIGKILL' | 'SIGINT'): Promise<void> => {
    const { pid } = await running(dataDirectory);
    process.kill(pid, signal);
    await eventually(async () => (await findPostmaster(dataDirectory)).state !== 'running');
    await daemon?.exited;
    daemon = undefined;
  };
  const comesUp = async (started: Daemon): Promise<boolean> => {
    let hasEnded = false;
    void started.exited.then(() => (hasEnded = true));
    let isUp = false;
    await eventually(async () => {
      isUp = await withClient(cluster.adminUrl, () => Promise.resolve(true)).catch(() => false);
      return isUp || hasEnded;
    });
    return isUp;
  };
  return {
    adminUrl: cluster.adminUrl,
    url: (database) => cluster.url(database),
    async createDatabase(name) {
      await withClient(cluster.adminUrl, (db) => db.query(`CREATE DATABASE "${name}" TEMPLATE template0`));
      const drop = (): Promise<void> =>
        withClient(cluster.adminUrl, async (db) => {
          await db.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
        });
      return { name, url: cluster.url(name), drop };
    },
    kill: () => end('SIGKILL'),
    shutDown: () => end('SIGINT'),
    async start() {
      // A server refuses to start as long as a process of the dead one still ends.
      await eventually(async () => {
        const started = await startDaemon({
          command,
          args,
          workingDirectory: directory,
          logPath: join(directory, 'server.log'),
          stopSignal: 'INT',
          user,
        });
        if (!(await comesUp(started))) return false;
        daemon = started;
        return true;
      });
    },
    async limitFiles(size) {
      const { pid } = await running(dataDirectory);
      // As the server's own user, who may do so under any user that runs the tests.
      const prlimit = ['prlimit', '--pid', String(pid), `--fsize=${size}:unlimited`];
      const [program = '', ...rest] = user === undefined ? prlimit : ['runuser', '-u', user.name, '--', ...prlimit];
      await runTool({ command: program, args: rest, env: { PATH: process.env['PATH'] ?? '' } });
    },
    async remove() {
      await daemon?.stop();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function running(dataDirectory: string): Promise<{ pid: number }> {
  const found = await findPostmaster(dataDirectory);
  if (found.state !== 'running') throw new Error('the server does not run');
  return found;
}
