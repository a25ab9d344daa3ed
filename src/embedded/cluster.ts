import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { initializeCluster } from './initialize-cluster';
import { isMissing } from './error-code';
import { launchServer } from './launch-server';
import { SUPERUSER } from './place';
import { endPostmaster, findPostmaster } from './postmaster';
import { keepPrivateFile, privateDirectory } from './private-file';
import { processIdentity } from './process-identity';
import { findServerBinaries } from './server-binaries';
import { findServerUser, type ServerUser } from './server-user';

const MAX_SOCKET_PATH_BYTES = 100;

/** How to start a cluster. */
export interface ClusterOptions {
  /** Directory of the cluster alone; made when missing, given to the server's user, closed to others. */
  readonly directory: string;
  /** Server settings on top of ours, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The directory is removed when the server ends, also after the death of this process. */
  readonly isThrowaway?: boolean;
  /** Where the server's programs are; without it the installed ones are looked for. */
  readonly binDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A running private PostgreSQL server. */
export interface Cluster {
  /** Connection URL over TCP, password included; the superuser unless another user (with the password) is named. */
  url(database: string, user?: string, password?: string): string;
  /** URL of the database `postgres` as superuser. */
  readonly adminUrl: string;
  /** Where this server's programs are. */
  readonly binDirectory: string;
  /** Directory of the Unix socket; `undefined` where its path would be too long for one. */
  readonly socketDirectory: string | undefined;
  readonly port: number;
  /** Fast shutdown; resolves when the server has ended. */
  stop(): Promise<void>;
}

/** Another living process has started a server in this directory. */
export class ClusterInUseError extends Error {
  constructor(readonly ownerPid: number) {
    super(`the embedded database is in use by process ${ownerPid}`);
  }
}

/**
 * Makes the cluster when the directory holds none, and starts it on a free port of 127.0.0.1 and on a socket. It ends
 * with this process. A server that a dead process left running is ended first; a stale `postmaster.pid` does no harm.
 *
 * @throws ClusterInUseError when a living process uses the directory
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = await findServerUser();
  await privateDirectory(options.directory, user);
  const directory = await realpath(options.directory);
  await makeSoleOwner(directory);
  try {
    return await startOwned(directory, user, options);
  } catch (error) {
    await rm(join(directory, 'owner'), { force: true });
    throw error;
  }
}

async function startOwned(directory: string, user: ServerUser | undefined, options: ClusterOptions): Promise<Cluster> {
  const dataDirectory = join(directory, 'data');
  const password = await keepPrivateFile(join(directory, 'password'), () => randomBytes(24).toString('hex'), user);
  const left = await findPostmaster(dataDirectory);
  if (left.state === 'running') await endPostmaster(dataDirectory, left.pid);
  const binDirectory = options.binDirectory ?? (await findServerBinaries(await majorVersion(dataDirectory)));
  const place = { directory, dataDirectory, binDirectory, password, user };
  if (!existsSync(dataDirectory)) await initializeCluster(place);

  const socketDirectory = join(directory, 'socket');
  await rm(socketDirectory, { recursive: true, force: true });
  await privateDirectory(socketDirectory, user);
  const hasSocket = Buffer.byteLength(join(socketDirectory, '.s.PGSQL.65535')) <= MAX_SOCKET_PATH_BYTES;
  const { daemon, port } = await launchServer(place, {
    socketDirectory: hasSocket ? socketDirectory : '',
    settings: options.settings ?? {},
    isThrowaway: options.isThrowaway ?? false,
    signal: options.signal,
  });

  const url = (database: string, name = SUPERUSER, secret = password): string =>
    `postgres://${encodeURIComponent(name)}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    url,
    adminUrl: url('postgres'),
    binDirectory,
    socketDirectory: hasSocket ? socketDirectory : undefined,
    port,
    async stop() {
      await daemon.stop();
      await rm(join(directory, 'owner'), { force: true });
    },
  };
}

// The file `owner` names the process that started the server, so that a server without a living owner can be told from
// one that is in use.
async function makeSoleOwner(directory: string): Promise<void> {
  const ownerFile = join(directory, 'owner');
  const self = (await processIdentity(process.pid)) ?? `${process.pid}`;
  const isNew = { value: false };
  const claim = (): Promise<string> =>
    keepPrivateFile(ownerFile, () => {
      isNew.value = true;
      return self;
    });
  let owner = await claim();
  if (!isNew.value && (await processIdentity(pidOf(owner))) !== owner) {
    await rm(ownerFile, { force: true });
    owner = await claim();
  }
  if (owner !== self || !isNew.value) throw new ClusterInUseError(pidOf(owner));
}

function pidOf(owner: string): number {
  return Number(owner.split(' ')[0]);
}

async function majorVersion(dataDirectory: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
