import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findServerUser } from '../../src/embedded/server-user';
import { startDaemon } from '../../src/engine/process/daemon';
import { eventually } from './eventually';
import { freePort } from './free-port';

/** A real PgBouncer before a server. */
export interface Pooler {
  /** The given URL, by way of the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The same places as in scripts/setup.sh. */
const PLACES = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/**
 * Starts PgBouncer on a free port.
 *
 * @param url of a database, with user and password
 */
export async function startPooler(
  url: string,
  options: { readonly mode: 'session' | 'transaction'; readonly isRoundRobin?: boolean },
): Promise<Pooler> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const directory = await mkdtemp(join(tmpdir(), 'berkut-pooler-'));
  const user = await findServerUser();
  const ownPort = await freePort();
  await writeFile(join(directory, 'users'), `"${username}" "${password}"\n`);
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = plain
auth_file = ${directory}/users
pool_mode = ${options.mode}
server_round_robin = ${options.isRoundRobin === true ? 1 : 0}
`,
  );
  await chmod(directory, 0o755);
  const logPath = join(directory, 'log');
  await writeFile(logPath, '', { mode: 0o666 });
  await chmod(logPath, 0o666);
  const daemon = await startDaemon({
    command: program(),
    args: [join(directory, 'pgbouncer.ini')],
    workingDirectory: directory,
    logPath,
    stopSignal: 'TERM',
    removeAfterwards: directory,
    user,
  });
  let ended: number | undefined;
  void daemon.exited.then((status) => (ended = status));
  const address = new URL(url);
  Object.assign(address, { host: `127.0.0.1:${ownPort}`, pathname });
  try {
    await eventually(async () => {
      if (ended !== undefined) throw new Error(`pgbouncer ended with ${ended}: ${await readFile(logPath, 'utf8')}`);
      const client = new Client({ connectionString: address.href });
      client.on('error', () => undefined);
      return client.connect().then(
        () => client.end().then(() => true),
        () => false,
      );
    });
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return { url: address.href, stop: () => daemon.stop() };
}

function program(): string {
  const path = PLACES.map((place) => join(place, 'pgbouncer')).find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error('pgbouncer is not installed: npm run setup');
  return path;
}
