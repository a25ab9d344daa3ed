import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/tokens/sign-token';
import type { Cluster } from '../../src/embedded/cluster';
import { readProperties } from '../../src/engine/postgres/database/database-properties';
import { loadDemo } from '../../src/embedded/demo/load-demo';
import { TEST_SECRET } from '../support/test-environment';
import { throwawayCluster, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { JsonClient } from '../support/json-client';
import { runBscc } from '../support/run-bscc';
import { runService, type ServiceProcess } from '../support/run-service';

interface Inspected {
  manifest: { roles: string[] };
}

/** The whole installation on one server, in one directory: the service, its control database and the target. */
async function install(cluster: Cluster, directory: string): Promise<{ process: ServiceProcess; client: JsonClient }> {
  const process = runService(
    {
      APP_ENV: 'prod',
      BERKUT_DB_URL: cluster.url('scc'),
      BERKUT_BACKUP_CONTROL_DB_URL: cluster.url('scc_backups'),
      BERKUT_BACKUP_PATH: join(directory, 'backups'),
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
      BERKUT_HTTP_PORT: '0',
      BERKUT_MANAGEMENT_PORT: '0',
      BERKUT_SCHEDULER_ENABLED: 'false',
      BERKUT_HTTP_REQUESTS_PER_MINUTE: '1000000',
      LOG_LEVEL: 'silent',
    },
    directory,
  );
  const [, url = ''] = await process.printed(/API +(http:\S+)\/api\n/);
  const token = await signToken(
    { name: 'root', roles: ['superadmin'], ttlSeconds: 36_000 },
    { secret: new TextEncoder().encode(TEST_SECRET) },
    new Date(),
  );
  return { process, client: new JsonClient(url, token) };
}

describe('the disaster drill', () => {
  it('brings the database back on an empty machine from a file and the key, and the service from there on', async () => {
    const safe = await mkdtemp(join(tmpdir(), 'berkut-safe-'));
    const undo: (() => Promise<unknown>)[] = [() => rm(safe, { recursive: true })];
    const machine = async (): Promise<{ cluster: Cluster; directory: string; lose: () => Promise<void> }> => {
      const directory = await mkdtemp(join(tmpdir(), 'berkut-machine-'));
      const cluster = await throwawayCluster();
      const lose = async (): Promise<void> => {
        await cluster.stop();
        await rm(directory, { recursive: true, force: true });
      };
      undo.push(lose);
      return { cluster, directory, lose };
    };
    const begin = async (where: { cluster: Cluster; directory: string }) => {
      const installed = await install(where.cluster, where.directory);
      undo.push(async () => {
        installed.process.child.kill('SIGKILL');
        await installed.process.ended;
      });
      return installed;
    };
    try {
      const first = await machine();
      await withClient(first.cluster.adminUrl, (client) =>
        // Not the locale of the server it will come to.
        client.query(
          `CREATE DATABASE scc TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'uk-UA' LC_COLLATE 'C' LC_CTYPE 'C'`,
        ),
      );
      await withClient(first.cluster.adminUrl, (client) =>
        client.query(`ALTER DATABASE scc SET TimeZone = 'Europe/Kyiv'`),
      );
      await withClient(first.cluster.url('scc'), loadDemo);
      const before = await dumpOf(first.cluster.url('scc'));
      const { client, process } = await begin(first);
      const { status, filename = '' } = await client.backUp();
      expect(status).toBe('success');
      const kept = join(safe, 'copy.bscc');
      await copyFile(join(first.directory, 'backups', filename), kept);
      // All of it is gone: the process, both databases, the storage.
      process.child.kill('SIGKILL');
      await process.ended;
      await first.lose();

      const second = await machine();
      const key = { BACKUP_ENCRYPTION_KEY: TEST_KEY };
      // The file says which roles it mentions; passwords are in no backup.
      const inspected = JSON.parse((await runBscc(['--json', 'inspect', kept], key)).stdout) as Inspected;
      expect(inspected.manifest.roles).toContain('scc_reader');
      await withClient(second.cluster.adminUrl, (db) => db.query('CREATE ROLE scc_reader NOLOGIN'));
      const restored = await runBscc(['--json', 'restore', kept, '--to', second.cluster.url('scc')], key);
      expect(JSON.parse(restored.stdout)).toMatchObject({
        ok: true,
        database_created: true,
        owned_by_restoring_role: [],
      });
      expect(await dumpOf(second.cluster.url('scc'))).toEqual(before);
      expect(await withClient(second.cluster.adminUrl, (db) => readProperties(db, 'scc'))).toMatchObject({
        localeProvider: 'i',
        locale: 'uk-UA',
        settings: [{ name: 'TimeZone', value: 'Europe/Kyiv' }],
      });

      // A new service there knows nothing until it has looked into the storage.
      const again = await begin(second);
      await mkdir(join(second.directory, 'backups'), { mode: 0o700, recursive: true });
      await copyFile(kept, join(second.directory, 'backups', 'copy.bscc'));
      const { adopted } = await again.client.rescan();
      await withClient(second.cluster.url('scc'), (db) => db.query('DROP TABLE incidents CASCADE'));
      expect(await again.client.restore(adopted[0] ?? 0)).toMatchObject({ status: 'success' });
      expect(await dumpOf(second.cluster.url('scc'))).toEqual(before);
    } finally {
      for (const one of undo.reverse()) await one();
    }
  });
});
