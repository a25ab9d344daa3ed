import { rename, rm, writeFile } from 'node:fs/promises';
import { Storage } from '../../src/engine/storage/storage';
import { NoticeTicker } from '../../src/notices/notice-ticker';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient, type TestDatabase } from '../support/cluster';
import { eventually } from '../support/eventually';
import { tcpProxy } from '../support/tcp-proxy';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

describe('the probes', () => {
  let tools: ToolWrapper;
  let proxy: Awaited<ReturnType<typeof tcpProxy>>;
  let target: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    tools = await wrapTools();
    proxy = await tcpProxy(testCluster().adminUrl);
    target = await testCluster().createDatabase();
    const behindProxy = new URL(proxy.url);
    behindProxy.pathname = `/${target.name}`;
    service = await startTestService({
      environment: {
        BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin,
        BERKUT_DB_URL: behindProxy.href,
        BERKUT_SHUTDOWN_GRACE_SECONDS: '600',
      },
    });
  });
  afterAll(async () => {
    await tools.release();
    await service.stop();
    await proxy.become('closed');
    await target.drop();
    await tools.remove();
  });

  /** Names of the lines of `/readyz` that say what is not ready. */
  const failing = async (): Promise<string[]> => {
    const response = await fetch(`${service.managementUrl}/readyz`);
    const lines = (await response.text()).trim().split('\n');
    const failed = lines.filter((line) => line.endsWith(' failed')).map((line) => line.replace(' failed', ''));
    expect(response.status).toBe(failed.length === 0 ? 200 : 503);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    return failed;
  };

  it('name the server of the target while it refuses connections or is silent', async () => {
    expect(await failing()).toEqual([]);
    await proxy.become('closed');
    expect(await failing()).toEqual(['target_server', 'tools']);
    await proxy.become('silent');
    expect(await failing()).toEqual(['target_server', 'tools']);
    await proxy.become('open');
    expect(await failing()).toEqual([]);
  });

  it('name the control database while it is closed', async () => {
    const control = `ALTER DATABASE "${service.control.name}" ALLOW_CONNECTIONS`;
    await withClient(testCluster().adminUrl, async (admin) => {
      await admin.query(`${control} false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        service.control.name,
      ]);
      // A connection of the pool that has been cut may be taken for one that works, once.
      await eventually(async () => (await failing()).join() === 'control_database');
      await admin.query(`${control} true`);
    });
    await eventually(async () => (await failing()).length === 0);
  });

  it('name the storage while it has no space', async () => {
    const storage = service.app.get(Storage);
    const { freeBytes } = storage;
    storage.freeBytes = () => Promise.resolve(1_000);
    expect(await failing()).toEqual(['storage']);
    storage.freeBytes = freeBytes;
    expect(await failing()).toEqual([]);
  });

  it('name the storage while a file is in its place', async () => {
    expect(await failing()).toEqual([]);
    await rename(service.storagePath, `${service.storagePath}-away`);
    await writeFile(service.storagePath, '');
    expect(await failing()).toEqual(['storage']);
    await rm(service.storagePath);
    expect(await failing()).toEqual([]);
  });

  it('have a line for each recurring job', async () => {
    await service.app.get(PlanTicker).tick();
    await service.app.get(NoticeTicker).tick();
    const ready = await (await fetch(`${service.managementUrl}/readyz`)).text();
    expect(ready).toMatch(/\nnotices ok\nrestore_recovery ok\nscheduler ok\nuploads ok\n$/);
    expect(await failing()).toEqual([]);
  });

  it('answer while the service lives, and metrics only when there is something true to say', async () => {
    await service.query('ALTER TABLE plan RENAME TO plan_away');
    const response = await fetch(`${service.managementUrl}/metrics`);
    expect([response.status, await response.text()]).toEqual([503, 'metrics cannot be read now\n']);
    await service.query('ALTER TABLE plan_away RENAME TO plan');
    expect((await fetch(`${service.managementUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${service.managementUrl}/else`)).status).toBe(404);
  });

  // The last one: it ends the service.
  it('name the shutdown while a backup still runs, which succeeds', async () => {
    await tools.hold();
    const { body } = await service.client.post('/backups');
    await tools.held();
    const stopping = service.stopService();
    await eventually(async () => (await failing()).join() === 'shutting_down');
    await tools.release();
    await stopping;
    const row = await withClient(service.control.url, (db) =>
      db.query<{ status: string }>('SELECT status FROM backups WHERE id = $1', [body.artifact.id]),
    );
    expect(row.rows).toEqual([{ status: 'success' }]);
  });
});
