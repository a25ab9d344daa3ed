import { readdir } from 'node:fs/promises';
import { DataSource } from 'typeorm';
import { SystemClock } from '../../src/kernel/clock/clock';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import { LockService } from '../../src/kernel/operations/lock.service';
import { RunRecorder } from '../../src/restore/record/run-recorder';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

let wrapper: ToolWrapper;
let service: TestService;
beforeEach(async () => {
  wrapper = await wrapTools();
  service = await startTestService({ small: true, environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin } });
});
afterEach(async () => {
  await wrapper.release();
  await service.stop();
  await wrapper.remove();
});
const statusOf = async (id: number): Promise<string> => (await service.client.get(`/backups/${id}`)).body.item.status;
const patch = (id: number, body: object) => service.client.send('PATCH', `/backups/${id}`, JSON.stringify(body));

describe('canceling', () => {
  it('ends a queued backup at once and a running one soon, from any replica, and leaves no file', async () => {
    // Either of them may make the backup, so both use the tools that can be held.
    const environment = { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin };
    const replica = await startTestService({ beside: service, environment });
    try {
      await wrapper.hold();
      const running = (await service.client.post('/backups')).body.artifact.id;
      await wrapper.held();
      const queued = (await service.client.post('/backups')).body.artifact.id;
      expect((await replica.client.post(`/backups/${queued}/cancel`)).body.item).toMatchObject({ status: 'canceled' });
      expect((await replica.client.post(`/backups/${running}/cancel`)).status).toBe(202);
      await eventually(async () => (await statusOf(running)) !== 'running');
      expect(await statusOf(running)).toBe('canceled');
      const { item } = (await service.client.get(`/backups/${running}`)).body;
      expect(item).not.toHaveProperty('error_code');
      await eventually(async () => (await readdir(service.storagePath)).length === 0);
      const again = await service.client.post(`/backups/${running}/cancel`);
      expect([again.status, again.body.error.code]).toEqual([409, 'backups.not_ready']);
      expect((await service.client.post('/backups/4711/cancel')).status).toBe(404);
      await wrapper.release();
      expect((await service.client.backUp()).status).toBe('success');
    } finally {
      await replica.stop();
    }
  });

  itLong('is noticed also by a run that writes down a step meanwhile', async () => {
    const { id } = await service.client.backUp();
    const runs = service.app.get(DataSource).getRepository(RestoreRunEntity);
    const dry = await service.client.restore(id, {}, 'restore/dry-run');
    await runs.update({ id: dry.id }, { status: 'running' });
    const locks = await service.app.get(LockService).open();
    const recorder = new RunRecorder(runs, await runs.findOneByOrFail({ id: dry.id }), new SystemClock(), locks);
    expect((await service.client.post(`/backups/restores/${dry.id}/cancel`)).status).toBe(202);
    await recorder.step('open_file', () => Promise.resolve());
    expect(await runs.findOneByOrFail({ id: dry.id })).toMatchObject({ cancelRequested: true });
    await recorder.cancel();
    await locks.close();
  });

  itLong('ends a rehearsal, drops its database, and is refused for a restore', async () => {
    const backup = await service.client.backUp();
    await wrapper.holdRestore();
    const { body } = await service.client.post(`/backups/${backup.id}/restore/dry-run`, { mode: 'rehearse' });
    await wrapper.restoreHeld();
    expect((await service.client.post(`/backups/restores/${body.restore_id}/cancel`)).status).toBe(202);
    const run = await service.client.run(body.restore_id);
    expect(run.status).toBe('canceled');
    expect(run.steps.some(({ status }) => status === 'running' || status === 'queued')).toBe(false);
    await wrapper.release();
    const restore = await service.client.restore(backup.id);
    expect(restore.status).toBe('success');
    expect((await service.client.post(`/backups/restores/${restore.id}/cancel`)).body.error.code).toBe(
      'backups.not_ready',
    );
  });
});

describe('changing what is said of a backup', () => {
  it('takes only labels whose characters are all seen', async () => {
    const { id } = await service.client.backUp();
    for (const hidden of [
      '\u001b[2J',
      '\u0085',
      '\u200b',
      '\u200d',
      '\u202e',
      '\u2066',
      '\ufeff',
      '\u2028',
      '\u3164',
      '\u{e0041}',
    ]) {
      expect([hidden, (await patch(id, { label: `a${hidden}b` })).status]).toEqual([hidden, 400]);
      expect((await service.client.post('/backups', { label: `a${hidden}b` })).status).toBe(400);
    }
    expect((await patch(id, { label: 'Звіт №1 ❤️ 文 é' })).status).toBe(200);
  });

  it('calls the file of a backup missing when its row was made to lead elsewhere', async () => {
    const { id } = await service.client.backUp();
    for (const name of ['../../etc/passwd', '/etc/passwd', '', '.hidden']) {
      await service.query(`UPDATE backups SET storage_name = '${name}' WHERE id = ${id}`);
      const { status, body } = await service.client.get(`/backups/${id}/download`);
      expect([name, status, body.error.code]).toEqual([name, 404, 'backups.file_missing']);
    }
  });

  it('sets label and pin, each without the other', async () => {
    const { id } = await service.client.backUp({ label: 'old name' });
    expect((await patch(id, { pinned: true })).body.item).toMatchObject({
      pinned: true,
      meta_json: { backup_label: 'old name' },
    });
    expect((await patch(id, { label: ' new name ' })).body.item).toMatchObject({
      pinned: true,
      meta_json: { backup_label: 'new name' },
    });
    expect((await patch(id, { label: '' })).body.item.meta_json).not.toHaveProperty('backup_label');
    expect((await patch(id, { pinned: false })).body.item.pinned).toBe(false);
    expect((await patch(id, { status: 'success' })).status).toBe(400);
    expect((await patch(4711, { pinned: true })).status).toBe(404);
  });
});

describe('a request with an Idempotency-Key', () => {
  const post = (key: string, body: object, as = service.client) =>
    as.send('POST', '/backups', JSON.stringify(body), { 'Idempotency-Key': key });

  it('starts one backup, however often it is sent', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => post('key-1', { label: 'once' })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.artifact.id)).size).toBe(1);
    const other = await post('key-1', { label: 'something else' });
    expect([other.status, other.body.error.details]).toEqual([400, { field: 'Idempotency-Key' }]);
    const operator = await service.as('backup_operator');
    const theirs = await post('key-1', { label: 'once' }, operator);
    expect(theirs.body.artifact.id).not.toBe(answers[0]?.body.artifact.id);
    expect((await post('x'.repeat(256), {})).status).toBe(400);
    await service.idle();
    expect((await service.client.get('/backups')).body.total).toBe(2);
  });

  itLong('finds the key unused after a try that failed, and waits for one that is under way', async () => {
    await service.query(`ALTER TABLE backups ADD CONSTRAINT none CHECK (label <> 'twice') NOT VALID`);
    expect((await post('key-2', { label: 'twice' })).status).toBe(500);
    await service.query('ALTER TABLE backups DROP CONSTRAINT none');
    const other = await startTestService({ beside: service });
    try {
      // Held after the key is used, before the backup is there, until the second one waits, too.
      const both = await withClient(service.control.url, async (db) => {
        await db.query('BEGIN; LOCK TABLE backups IN SHARE MODE');
        const answers = [post('key-3', { label: 'once' }), post('key-3', { label: 'once' }, other.client)];
        const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        await eventually(async () => (await service.query(waiting)).length >= 2);
        await db.query('COMMIT');
        return Promise.all(answers);
      });
      expect(both.map(({ status }) => status)).toEqual([202, 202]);
      expect(new Set(both.map(({ body }) => body.artifact.id)).size).toBe(1);
    } finally {
      await service.idle();
      await other.stop();
    }
    const again = await post('key-2', { label: 'twice' });
    expect(again.status).toBe(202);
    await service.idle();
  });
});
