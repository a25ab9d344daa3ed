import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { isLong, itLong } from '../support/form';
import { dumpOf } from '../support/dump-of';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

describe('a restore that something goes wrong with', () => {
  let wrapper: ToolWrapper;
  let service: TestService;
  let backupId: number;
  let container: string;
  let whole: Buffer;
  let before: string[];
  const change = async (): Promise<void> => {
    await service.idle();
    await withClient(service.target.url, (db) => db.query('DELETE FROM letters'));
    before = await dumpOf(service.target.url);
  };
  beforeAll(async () => {
    wrapper = await wrapTools();
    service = await startTestService({
      small: true,
      environment: {
        BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin,
        BERKUT_BACKUP_JOBS: '2',
        BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: '0',
      },
    });
    const { id, filename = '' } = await service.client.backUp();
    backupId = id;
    container = join(service.storagePath, filename);
    whole = await readFile(container);
    await change();
  });
  // Each test leaves the target as it found it, or changes it again.
  afterEach(async () => {
    await wrapper.spare();
    await wrapper.release();
    await writeFile(container, whole);
  });
  afterAll(async () => {
    await service.stop();
    await wrapper.remove();
  });

  const databases = async (): Promise<string[]> => {
    const { rows } = await withClient(service.control.url, (db) =>
      db.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1', [
        `${service.target.name}%`,
      ]),
    );
    return rows.map(({ datname }) => datname);
  };
  const expectUntouched = async (): Promise<void> => {
    expect(await databases()).toEqual([service.target.name]);
    expect(await dumpOf(service.target.url)).toEqual(before);
    expect((await service.client.get('/backups')).status).toBe(200);
  };
  const flip = async (at: (size: number) => number): Promise<void> => {
    const changed = Buffer.from(whole);
    const position = at(changed.length);
    changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
    await writeFile(container, changed);
  };

  const changes: readonly [where: string, at: (size: number) => number, code: string][] = [
    ['in the magic', () => 0, 'backups.restore.incompatible_version'],
    ['in the key id', () => 25, 'backups.restore.decrypt_failed'],
    ['in the wrapped key', () => 50, 'backups.restore.decrypt_failed'],
    ['in the middle', (size) => Math.floor(size / 2), 'backups.restore.decrypt_failed'],
    ['in the trailer', (size) => size - 20, 'backups.restore.decrypt_failed'],
  ];
  // That each byte counts is shown by the container's own tests.
  it.each(isLong ? changes : changes.filter(([where]) => where === 'in the middle'))(
    'is refused before anything is touched when a byte is changed %s',
    async (_, at, code) => {
      await flip(at);
      const dryRun = await service.client.restore(backupId, {}, 'restore/dry-run');
      expect(dryRun).toMatchObject({ status: 'failed', error_code: code });
      const run = await service.client.restore(backupId);
      expect(run).toMatchObject({ status: 'failed', error_code: code });
      const failed = run.steps.find(({ status }) => status === 'failed');
      expect(typeof failed?.details?.['error']).toBe('string');
      expect(run.steps.filter(({ name }) => name === 'enter_maintenance')).toMatchObject([{ status: 'queued' }]);
      await expectUntouched();
    },
  );

  it('is refused when the file was cut', async () => {
    await truncate(container, whole.length - 1);
    expect(await service.client.restore(backupId)).toMatchObject({
      status: 'failed',
      error_code: 'backups.checksum_mismatch',
    });
    const download = await service.client.get(`/backups/${backupId}/download`);
    expect([download.status, download.body.error.code]).toEqual([400, 'backups.checksum_mismatch']);
    await expectUntouched();
  });

  itLong('leaves the target as it was when pg_restore is killed', async () => {
    await wrapper.killRestore();
    const run = await service.client.restore(backupId);
    expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.pg_restore_failed' });
    expect(run.steps.find(({ status }) => status === 'failed')).toMatchObject({
      name: 'restore_database',
      details: { error: 'The backup could not be loaded; the target is as it was.' },
    });
    await expectUntouched();
    await wrapper.spare();
    expect(await service.client.restore(backupId)).toMatchObject({ status: 'success' });
    await change();
  });

  const stopped = [
    ['a swap', {}, {}],
    ['an online restore', {}, { online: true }],
    ['a restore in place', { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place' }, {}],
    ['a scoped restore', {}, { scope: ['tasks'] }],
  ] as const;
  it.each(isLong ? stopped : stopped.slice(0, 1))(
    'leaves the target as it was when the service is stopped in the middle of %s',
    async (_, environment, body) => {
      const replica = await startTestService({
        environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin, ...environment },
        beside: service,
      });
      await wrapper.holdRestore();
      await replica.client.post(`/backups/${backupId}/restore`, body);
      await wrapper.restoreHeld();
      await replica.stopService();
      expect(await databases()).toEqual([service.target.name]);
      expect(await dumpOf(service.target.url)).toEqual(before);
      const { rows } = await withClient(service.control.url, (db) =>
        db.query(
          'SELECT r.status, r.error_code, m.restore_id FROM restore_runs r, maintenance m ORDER BY r.id DESC LIMIT 1',
        ),
      );
      expect(rows).toEqual([{ status: 'failed', error_code: 'backups.restore.interrupted', restore_id: null }]);
    },
  );

  it('is refused while another one runs, and so is a second backup of the half-restored', async () => {
    const { total } = (await service.client.get('/backups/restores')).body;
    await wrapper.holdRestore();
    const answers = await Promise.all([1, 2, 3].map(() => service.client.post(`/backups/${backupId}/restore`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, expect.any(Number), expect.any(Number)]);
    for (const { status, body } of answers) {
      if (status !== 202) expect(['backups.concurrent_operation', 'app.maintenance_mode']).toContain(body.error.code);
    }
    await wrapper.restoreHeld();
    expect((await service.client.post('/backups')).status).toBe(503);
    await wrapper.release();
    const runId = answers.find(({ status }) => status === 202)?.body.restore_id ?? 0;
    expect(await service.client.run(runId)).toMatchObject({ status: 'success' });
    expect((await service.client.get('/backups/restores')).body.total).toBe(total + 1);
    await change();
  });

  it('is refused while a backup reads the target', async () => {
    await wrapper.hold();
    const reading = (await service.client.post('/backups')).body.artifact.id;
    await wrapper.held();
    const { status, body } = await service.client.post(`/backups/${backupId}/restore`);
    expect([status, body.error.code]).toEqual([409, 'backups.concurrent_operation']);
    expect(body.error.details).toEqual({
      in_the_way: { kind: 'backup', id: reading },
      hint: expect.stringContaining(`Backup ${reading} is being made`) as string,
    });
    const inUse = await service.client.send('DELETE', `/backups/${reading}`);
    expect(inUse.body.error).toMatchObject({
      code: 'backups.file_busy',
      details: { hint: expect.any(String) as string },
    });
    await wrapper.release();
    await service.idle();
    await expectUntouched();
  });

  it.each([
    [{ confirm: 'another' }, 'confirm'],
    [{ scope: ['dcos'] }, 'scope'],
    [{ scope: ['tasks'], online: true }, 'online'],
  ])('is refused with %j', async (body, field) => {
    const answer = await service.client.post(`/backups/${backupId}/restore`, body);
    expect([answer.status, answer.body.error.details?.['field']]).toEqual([400, field]);
    await expectUntouched();
  });
});
