import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, ClusterInUseError, startCluster } from '../../src/embedded/cluster';
import { itLong } from '../support/form';
import { throwawayCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { runTypescript } from '../support/run-typescript';

let directory: string;
let cluster: Cluster | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berkut-cluster-'));
});

afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
  await rm(directory, { recursive: true, force: true });
});

const postmasterPid = (): number => Number(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
const isGone = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8').includes('State:\tZ');
  } catch {
    return true;
  }
};
const keepNote = (url: string): Promise<unknown> =>
  withClient(url, (client) => client.query(`CREATE TABLE note AS SELECT 'kept' AS text`));
const readNote = async (url: string): Promise<unknown> =>
  withClient(url, async (client) => (await client.query<{ text: string }>('SELECT text FROM note')).rows);

describe('an embedded cluster', () => {
  it('runs as an ordinary user, checks its pages and asks for a password', async () => {
    cluster = await startCluster({ directory });
    const { adminUrl } = cluster;
    const uids = /^Uid:\s*(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${postmasterPid()}/status`, 'utf8'));
    expect(uids?.slice(1)).not.toContain('0');
    const settings = await withClient(adminUrl, (client) =>
      client.query(`SELECT current_setting('data_checksums') AS checksums, current_setting('password_encryption') AS encryption,
        current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS addresses`),
    );
    expect(settings.rows).toEqual([
      { checksums: 'on', encryption: 'scram-sha-256', encoding: 'UTF8', addresses: '127.0.0.1' },
    ]);
    const wrong = new URL(adminUrl);
    wrong.password = 'guess';
    await expect(withClient(wrong.href, (client) => client.query('SELECT 1'))).rejects.toThrow(
      /password authentication failed/,
    );
  });

  it('answers on a socket that others cannot reach', async () => {
    cluster = await startCluster({ directory });
    const { pathname, username, password } = new URL(cluster.adminUrl);
    const host = encodeURIComponent(cluster.socketDirectory ?? '');
    const found = await withClient(`postgres://${username}:${password}@${host}:${cluster.port}${pathname}`, (client) =>
      client.query('SELECT inet_server_addr() AS address'),
    );
    expect(found.rows).toEqual([{ address: null }]);
    expect(statSync(join(directory, 'socket')).mode & 0o777).toBe(0o700);
  });

  it('keeps everything it writes from other users', async () => {
    cluster = await startCluster({ directory });
    for (const name of await readdir(directory)) {
      const found = statSync(join(directory, name));
      expect([name, (found.mode & 0o777).toString(8)]).toEqual([name, found.isDirectory() ? '700' : '600']);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('keeps its data and its password from one start to the next', async () => {
    const first = await startCluster({ directory });
    await keepNote(first.adminUrl);
    await first.stop();
    expect(existsSync(join(directory, 'data/postmaster.pid'))).toBe(false);
    cluster = await startCluster({ directory });
    expect(new URL(cluster.adminUrl).password).toBe(new URL(first.adminUrl).password);
    expect(await readNote(cluster.adminUrl)).toEqual([{ text: 'kept' }]);
  });

  it('is refused to a second process, and to the same one twice', async () => {
    cluster = await startCluster({ directory });
    await expect(startCluster({ directory })).rejects.toThrow(ClusterInUseError);
    expect(await withClient(cluster.adminUrl, async (client) => (await client.query('SELECT 1')).rowCount)).toBe(1);
  });

  itLong('passes a directory whose initialization was cut short', async () => {
    cluster = await startCluster({ directory });
    await cluster.stop();
    await rm(join(directory, 'data'), { recursive: true });
    writeFileSync(join(directory, 'data.new'), 'half');
    cluster = await startCluster({ directory });
    expect(existsSync(join(directory, 'data.new'))).toBe(false);
  });

  itLong('removes a throwaway directory when it ends', async () => {
    const throwaway = await throwawayCluster();
    const place = throwaway.socketDirectory ?? '';
    expect(existsSync(place)).toBe(true);
    await throwaway.stop();
    expect(existsSync(join(place, '..'))).toBe(false);
  });
});

describe('an embedded cluster whose owner is killed', () => {
  it('ends by itself, and starts again with its data', async () => {
    const owner = await runTypescript('cluster-owner.ts', [directory]);
    await keepNote(owner.firstLine);
    const pid = postmasterPid();
    await owner.kill();
    await eventually(() => isGone(pid));
    cluster = await startCluster({ directory });
    expect(await readNote(cluster.adminUrl)).toEqual([{ text: 'kept' }]);
  });

  itLong('is taken over at once, while the old server is still ending', async () => {
    const owner = await runTypescript('cluster-owner.ts', [directory]);
    await keepNote(owner.firstLine);
    await owner.kill();
    cluster = await startCluster({ directory });
    expect(await readNote(cluster.adminUrl)).toEqual([{ text: 'kept' }]);
  });

  itLong('is ended and started anew when even its guard was killed and the server lives on', async () => {
    const owner = await runTypescript('cluster-owner.ts', [directory]);
    await keepNote(owner.firstLine);
    const orphan = postmasterPid();
    process.kill(parentOf(orphan), 'SIGKILL');
    await owner.kill();
    cluster = await startCluster({ directory });
    expect(isGone(orphan)).toBe(true);
    expect(await readNote(cluster.adminUrl)).toEqual([{ text: 'kept' }]);
  });

  itLong('recovers when the server was killed too and left its postmaster.pid', async () => {
    const owner = await runTypescript('cluster-owner.ts', [directory]);
    await keepNote(owner.firstLine);
    const pid = postmasterPid();
    process.kill(parentOf(pid), 'SIGKILL');
    await owner.kill();
    process.kill(pid, 'SIGKILL');
    expect(postmasterPid()).toBe(pid);
    cluster = await startCluster({ directory });
    expect(await readNote(cluster.adminUrl)).toEqual([{ text: 'kept' }]);
  });

  itLong('starts over a postmaster.pid whose number another program has now', async () => {
    const first = await startCluster({ directory });
    await keepNote(first.adminUrl);
    const lock = readFileSync(join(directory, 'data/postmaster.pid'), 'utf8');
    await first.stop();
    const bystander = await runTypescript('bystander.ts', []);
    try {
      // The server ignores strangers of other users by itself; as root, lend it one of its own user's.
      writeFileSync(join(directory, 'data/postmaster.pid'), lock.replace(/^\d+/, bystander.firstLine));
      cluster = await startCluster({ directory });
      expect(await readNote(cluster.adminUrl)).toEqual([{ text: 'kept' }]);
    } finally {
      await bystander.kill();
    }
  });
});
