import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupRows } from '../../src/backups/catalogue/backup-rows';
import { runTool } from '../../src/engine/process/run-tool';
import { OperationsService } from '../../src/kernel/operations/operations.service';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { throwawayCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

describe('a backup that something goes wrong with', () => {
  let wrapper: ToolWrapper;
  const started: TestService[] = [];
  const start = async (options: Parameters<typeof startTestService>[0] = {}): Promise<TestService> => {
    const service = await startTestService({
      ...options,
      environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin, ...options.environment },
    });
    started.push(service);
    return service;
  };
  const filesOf = (service: TestService): Promise<string[]> => readdir(service.storagePath).catch(() => []);

  beforeEach(async () => (wrapper = await wrapTools()));
  afterEach(async () => {
    await wrapper.release();
    for (const service of started.splice(0).reverse()) await service.stop();
    await wrapper.remove();
  });

  itLong('leaves no file and a failed row when pg_dump is killed half-way, and the next one succeeds', async () => {
    const service = await start({ small: true });
    await wrapper.killAfter(10_000);
    const failed = await service.client.backUp();
    expect(failed).toMatchObject({
      status: 'failed',
      error_code: 'backups.pg_dump_failed',
      error_message: 'The database could not be dumped.',
    });
    expect(failed).not.toHaveProperty('checksum');
    expect(await filesOf(service)).toEqual([]);
    await wrapper.spare();
    expect(await service.client.backUp()).toMatchObject({ status: 'success' });
    expect(await filesOf(service)).toHaveLength(1);
  });

  it('keeps its file when it is a success of which only the answer was lost', async () => {
    const service = await start();
    const rows = service.app.get(BackupRows);
    const succeed = rows.succeed.bind(rows);
    const lost = jest.spyOn(rows, 'succeed').mockImplementation(async (...finished) => {
      await succeed(...finished);
      throw new Error('the connection was lost');
    });
    try {
      const { id } = await service.client.backUp();
      await service.idle();
      expect(lost).toHaveBeenCalledTimes(1);
      expect((await service.client.get(`/backups/${id}`)).body.item).toMatchObject({ status: 'success' });
      expect((await service.client.fetch('GET', `/backups/${id}/download`)).status).toBe(200);
    } finally {
      lost.mockRestore();
    }
  });

  it('is told as such when the disk is full', async () => {
    const mountPoint = await mkdtemp(join(tmpdir(), 'berkut-small-disk-'));
    const mount = (...args: string[]): Promise<string> => runTool({ command: '/bin/mount', args });
    await mount('-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', mountPoint);
    try {
      const service = await start({ demo: true, environment: { BERKUT_BACKUP_PATH: mountPoint } });
      expect(await service.client.backUp()).toMatchObject({ status: 'failed', error_code: 'backups.no_space' });
      expect(await readdir(mountPoint)).toEqual([]);
      await mount('-o', 'remount,size=64m', mountPoint);
      expect(await service.client.backUp()).toMatchObject({ status: 'success' });
    } finally {
      await runTool({ command: '/bin/umount', args: ['--lazy', mountPoint] });
      await rm(mountPoint, { recursive: true });
    }
  });

  it('is told as such when the storage directory is gone or cannot be written, also for reading', async () => {
    const service = await start();
    const backup = await service.client.backUp();
    await rm(service.storagePath, { recursive: true });
    const download = await service.client.get(`/backups/${backup.id}/download`);
    expect([download.status, download.body.error.code]).toEqual([404, 'backups.file_missing']);
    await writeFile(service.storagePath, 'a file in the place of the directory');
    expect(await service.client.backUp()).toMatchObject({
      status: 'failed',
      error_code: 'backups.storage_unavailable',
    });
    await rm(service.storagePath);
    await mkdir(service.storagePath);
    expect(await service.client.backUp()).toMatchObject({ status: 'success' });
  });

  itLong('fails and leaves nothing when the target goes away in the middle', async () => {
    const service = await start({ small: true });
    await wrapper.hold();
    const backup = service.client.backUp();
    await wrapper.held();
    await withClient(service.control.url, (db) =>
      db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [service.target.name]),
    );
    await wrapper.release();
    expect((await backup).status).toBe('failed');
    expect(await filesOf(service)).toEqual([]);
    expect(await service.client.backUp()).toMatchObject({ status: 'success' });
  });

  it('fails with a target that cannot be reached, and the service runs on', async () => {
    const service = await start({ environment: { BERKUT_DB_URL: 'postgres://scc:secret@127.0.0.1:1/scc' } });
    const failed = await service.client.backUp();
    expect(failed).toMatchObject({ status: 'failed', error_code: 'backups.storage_unavailable' });
    expect(JSON.stringify(failed)).not.toMatch(/127\.0\.0\.1|secret/);
  });

  itLong('fails with tools that are older than the server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-old-'));
    try {
      for (const tool of ['pg_dump', 'pg_restore', 'psql']) {
        await writeFile(join(directory, tool), `#!/bin/sh\necho '${tool} (PostgreSQL) 9.6.1'\n`, { mode: 0o755 });
      }
      const service = await start({ environment: { BERKUT_BACKUP_PGDUMP_BIN: join(directory, 'pg_dump') } });
      expect(await service.client.backUp()).toMatchObject({
        status: 'failed',
        error_code: 'backups.tool_version_mismatch',
      });
      const missing = await start({ environment: { BERKUT_BACKUP_PGDUMP_BIN: join(directory, 'nothing') } });
      expect(await missing.client.backUp()).toMatchObject({
        status: 'failed',
        error_code: 'backups.tool_version_mismatch',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('cannot be deleted while it runs', async () => {
    const service = await start({ small: true });
    await wrapper.hold();
    const { body } = await service.client.post('/backups');
    await wrapper.held();
    const refused = await service.client.delete(`/backups/${body.artifact.id}`);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'backups.file_busy']);
    expect((await service.client.post(`/backups/${body.artifact.id}/restore`)).body.error.code).toBe(
      'backups.not_ready',
    );
    await wrapper.release();
    await service.idle();
    expect((await service.client.delete(`/backups/${body.artifact.id}`)).status).toBe(200);
  });

  itLong('cannot be deleted while a client downloads it, and the client gets all of it', async () => {
    const service = await start();
    await withClient(service.target.url, (db) =>
      db.query(`CREATE TABLE noise AS SELECT string_agg(sha512((n || '/' || m)::text::bytea), '') AS bytes
                  FROM generate_series(1, 40) n, generate_series(1, 16384) m GROUP BY n`),
    );
    const backup = await service.client.backUp();
    expect(backup.size_bytes).toBeGreaterThan(30_000_000);
    const token = await service.token('superadmin');
    let received = 0;
    await new Promise<void>((resolve, reject) => {
      request(
        `${service.url}/api/backups/${backup.id}/download`,
        { headers: { Authorization: `Bearer ${token}` } },
        (response) => {
          void (async () => {
            const refused = await service.client.delete(`/backups/${backup.id}`);
            expect([refused.status, refused.body.error.code]).toEqual([409, 'backups.file_busy']);
            for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
          })().then(resolve, reject);
        },
      ).end();
    });
    expect(received).toBe(backup.size_bytes);
    await eventually(async () => (await service.client.delete(`/backups/${backup.id}`)).status === 200);
  });

  it('waits for its turn: no more than one runs at once, on all replicas together', async () => {
    const service = await start({ small: true });
    const replica = await start({ beside: service });
    await wrapper.hold();
    const asked = await Promise.all([service, replica, service, replica].map(({ client }) => client.post('/backups')));
    await wrapper.held();
    const statuses = async (): Promise<unknown[]> =>
      (await service.query('SELECT status FROM backups ORDER BY id')).map(({ status }) => status);
    expect((await statuses()).filter((status) => status === 'running')).toHaveLength(1);
    await wrapper.release();
    let atOnce = 0;
    await eventually(async () => {
      const now = await statuses();
      atOnce = Math.max(atOnce, now.filter((status) => status === 'running').length);
      return now.every((status) => status === 'success');
    });
    expect(atOnce).toBeLessThanOrEqual(1);
    expect(asked.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  });

  it('ends as interrupted, without a file, when the service is stopped', async () => {
    const service = await start({ small: true });
    await wrapper.hold();
    await service.client.post('/backups');
    await wrapper.held();
    await service.stopService();
    expect(await filesOf(service)).toEqual([]);
    const rows = await withClient(service.control.url, (db) => db.query('SELECT status, error_code FROM backups'));
    expect(rows.rows).toEqual([{ status: 'failed', error_code: 'backups.interrupted' }]);
  });

  itLong(
    'comes to its end when the service is stopped with some patience, and the queue goes to another replica',
    async () => {
      const patient = await start({ demo: true, environment: { BERKUT_SHUTDOWN_GRACE_SECONDS: '3600' } });
      await wrapper.hold();
      const first = await patient.client.post('/backups');
      await wrapper.held();
      // Only now, or it might have been the first to look at the queue.
      const replica = await start({ beside: patient });
      const second = await patient.client.post('/backups');
      const stopped = patient.stopService();
      await eventually(() => Promise.resolve(patient.app.get(OperationsService).isClosing));
      const refused = await patient.client.post('/backups');
      expect([refused.status, refused.body.error.code]).toEqual([409, 'backups.concurrent_operation']);
      await wrapper.release();
      await stopped;
      const statusOf = async (id: number): Promise<string> =>
        (await replica.client.get(`/backups/${id}`)).body.item.status;
      expect(await statusOf(first.body.artifact.id)).toBe('success');
      await eventually(async () => (await statusOf(second.body.artifact.id)) === 'success');
    },
  );

  itLong('is stopped when the control database goes away, and ended as interrupted when it is back', async () => {
    const cluster = await throwawayCluster();
    try {
      const service = await start({
        demo: true,
        environment: { BERKUT_BACKUP_CONTROL_DB_URL: cluster.url('catalogue') },
      });
      await wrapper.hold();
      const { body } = await service.client.post('/backups');
      await wrapper.held();
      await withClient(cluster.adminUrl, (db) =>
        db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'catalogue'`),
      );
      await eventually(async () => {
        const answer = await service.client.get(`/backups/${body.artifact.id}`);
        return answer.status === 200 && answer.body.item.status === 'failed';
      });
      const { item } = (await service.client.get(`/backups/${body.artifact.id}`)).body;
      expect(item.error_code).toBe('backups.interrupted');
      expect(await filesOf(service)).toEqual([]);
      await wrapper.release();
      expect(await service.client.backUp()).toMatchObject({ status: 'success' });
      await cluster.stop();
      const refused = await service.client.get('/backups');
      expect([refused.status, refused.body.error.code]).toEqual([503, 'backups.storage_unavailable']);
      await service.stop();
      started.splice(started.indexOf(service), 1);
    } finally {
      await cluster.stop();
    }
  });
});
