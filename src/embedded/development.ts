import { createHash, randomBytes } from 'node:crypto';
import { lstat, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import { generateOperatorKey } from '../engine/container/keys/operator-key';
import { type Cluster, startCluster } from './cluster';
import { provideDemoDatabase } from './demo/demo-database';
import { isMissing } from './error-code';
import { ownerToBe, refuseForeignDirectory } from './foreign-directory';
import { keepPrivateFile, privateDirectory, writePrivateFile } from './private-file';
import { findServerUser, type ServerUser } from './server-user';

/** Where development state is kept, seen from the working directory. */
export const DEVELOPMENT_DIRECTORY = '.berkut';

/** In that directory, the address of the demo database of the newest start; `npm run psql` and README read it. */
export const TRIAL_URL_FILE = 'database.url';

/** What a service without configuration runs on. */
export interface Development {
  /** Variables that stand in for those that are not set. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the server keeps its data: under the directory asked for, unless the server's user cannot get there. */
  readonly clusterDirectory: string;
  /** Ends the server. Killed instead, this process takes the server along, and the next start finds its data. */
  stop(): Promise<void>;
}

/**
 * Provides a PostgreSQL server with the demo database `scc`, and keys in files: made at the first call, found again at
 * later ones.
 *
 * @param options.directory made when missing
 * @throws ClusterInUseError when another living process runs on the same directory, ForeignDirectoryError
 */
export async function prepareDevelopment(options: {
  readonly directory: string;
  /** Where the server's programs are; without it the installed ones are looked for. */
  readonly binDirectory?: string;
  readonly signal?: AbortSignal;
  /** Told what is about to be done, in a few words. */
  readonly onStep?: (step: string) => void;
}): Promise<Development> {
  const directory = resolve(options.directory);
  const say = options.onStep ?? (() => undefined);
  const secrets = await developmentSecrets(directory);
  say('starting the private PostgreSQL server');
  const clusterDirectory = await placeCluster(directory, await findServerUser());
  const cluster = await startCluster({
    directory: clusterDirectory,
    binDirectory: options.binDirectory,
    signal: options.signal,
  });
  try {
    say('looking for the demo database');
    await withAdmin(cluster, (admin) => provideDemoDatabase(admin, (database) => cluster.url(database)));
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  const url = cluster.url('scc');
  await writePrivateFile(join(directory, TRIAL_URL_FILE), `${url}\n`, await ownerToBe(directory));
  return {
    environment: { ...secrets, BERKUT_DB_URL: url },
    clusterDirectory,
    stop: () => cluster.stop(),
  };
}

/**
 * Makes the keys that are missing under the directory and names their files, each readable by its owner only. Needs no
 * server, and several processes may call it at once. In a checkout of another user root makes them for that user.
 *
 * @throws ForeignDirectoryError when the directory is another user's; nothing is touched then
 */
export async function developmentSecrets(directory: string): Promise<Record<string, string>> {
  const root = resolve(directory);
  await refuseForeignDirectory(root);
  const owner = await ownerToBe(root);
  // The server's user has to pass through to its own directory when that user is another one.
  await privateDirectory(root, owner, (await findServerUser()) === undefined ? 0o700 : 0o711);
  const secrets = join(root, 'secrets');
  await privateDirectory(secrets, owner);
  const made: readonly (readonly [variable: string, file: string, create: () => string])[] = [
    ['BACKUP_ENCRYPTION_KEY_FILE', 'backup.key', generateOperatorKey],
    ['BERKUT_AUTH_JWT_SECRET_FILE', 'jwt.secret', () => randomBytes(32).toString('hex')],
    ['BERKUT_AUDIT_SIGNING_KEY_FILE', 'audit.key', () => randomBytes(32).toString('hex')],
  ];
  const environment: Record<string, string> = {};
  for (const [variable, file, create] of made) {
    environment[variable] = join(secrets, file);
    await keepPrivateFile(join(secrets, file), create, owner);
  }
  return environment;
}

// A checkout under /root is closed to the server's user, and in one of another user the data of root's server would be in
// the way of that user's own, so the data goes to a place of its own, named after the checkout.
async function placeCluster(directory: string, user: ServerUser | undefined): Promise<string> {
  const isForAnother = (await ownerToBe(directory)) !== undefined;
  if (user === undefined || (!isForAnother && (await canReach(directory, user)))) return join(directory, 'cluster');
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const elsewhere = join('/var/tmp', `berkut-scc-${name}`);
  try {
    // Any user may make a directory there: only one that root or the server's user made is taken.
    const found = await lstat(elsewhere);
    if (!found.isDirectory() || (found.uid !== 0 && found.uid !== user.uid)) {
      throw new Error(`${elsewhere} belongs to another user; remove it`);
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return elsewhere;
}

async function canReach(path: string, user: ServerUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(path);
  return parent === path || canReach(parent, user);
}

async function withAdmin(cluster: Cluster, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client({ connectionString: cluster.adminUrl });
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
