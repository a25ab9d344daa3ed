import { tmpdir } from 'node:os';
import { SignJWT } from 'jose';
import { DataSource } from 'typeorm';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { eventually } from '../support/eventually';
import { FakeClock } from '../support/fake-clock';
import { JsonClient } from '../support/json-client';
import { runService } from '../support/run-service';
import type { AuditPageDto, AuditRecordDto, ChainVerdictDto } from '../../src/audit/audit.dto';
import { AuditIntents } from '../../src/audit/audit-intents.service';
import { AuditService } from '../../src/audit/audit.service';
import { BackupsController } from '../../src/backups/http/backups.controller';
import { ChainAnchors } from '../../src/audit/chain-anchors';
import { FoldedReads } from '../../src/audit/folded-reads';

let service: TestService;
beforeEach(async () => (service = await startTestService()));
afterEach(() => service.stop());

const verdict = async (): Promise<ChainVerdictDto> => (await service.client.get<ChainVerdictDto>('/audit/verify')).body;
const page = async (query = ''): Promise<AuditPageDto> =>
  (await service.client.get<AuditPageDto>(`/audit?${query}`)).body;
/** What a superuser of the database could do to the log. */
const tamper = async (sql: string): Promise<void> => {
  await service.query('ALTER TABLE audit_records DISABLE TRIGGER ALL');
  await service.query(sql);
  await service.query('ALTER TABLE audit_records ENABLE TRIGGER ALL');
};
const write = (count: number): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      service.app.get(AuditService).record({
        actor: `a${i}`,
        actorRoles: ['x'],
        action: 'backups.list',
        result: 'success',
        details: { i, b: { z: 1, a: [1.5, null] } },
      }),
    ),
  );

describe('the audit log', () => {
  it('is one chain, however many write at once in two processes', async () => {
    const other = runService(
      {
        APP_ENV: 'test',
        BERKUT_DB_URL: service.target.url,
        BERKUT_BACKUP_CONTROL_DB_URL: service.control.url,
        BERKUT_BACKUP_PATH: service.storagePath,
        BACKUP_ENCRYPTION_KEY: TEST_KEY,
        BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
        BERKUT_HTTP_PORT: '0',
        BERKUT_MANAGEMENT_PORT: '0',
        BERKUT_SCHEDULER_ENABLED: 'false',
        LOG_LEVEL: 'silent',
      },
      tmpdir(),
    );
    try {
      const [, url = ''] = await other.printed(/API +(http:\S+)\/api\n/);
      const writers = [service.url, service.url, service.url, service.url, url, url, url, url];
      await Promise.all(
        writers.map(async (writer, i) => {
          const client = new JsonClient(writer, await service.token('superadmin', `writer ${i}`));
          for (let n = 0; n < 25; n += 1) expect((await client.post('/backups', { label: n })).status).toBe(400);
        }),
      );
      await write(40);
      const { ok, count, head } = await verdict();
      expect(ok).toBe(true);
      expect(count).toBe(240);
      expect(head?.seq).toBe(240);
    } finally {
      other.child.kill('SIGTERM');
      await other.ended;
    }
  });

  it('records what was done also where its details cannot be told', async () => {
    const { create } = BackupsController.prototype;
    const route: unknown = Reflect.getMetadata('berkut:audited', create);
    const failing = { action: 'backups.create', details: () => JSON.parse('no JSON') as object };
    Reflect.defineMetadata('berkut:audited', failing, create);
    try {
      expect((await service.client.post('/backups')).status).toBe(202);
    } finally {
      Reflect.defineMetadata('berkut:audited', route, create);
    }
    await service.idle();
    const { items } = await page('action=backups.create');
    expect(items.filter(({ result }) => result === 'queued')).toMatchObject([{ actor: 'root', details: {} }]);
  });

  it('is bound into every backup by its newest record', async () => {
    const backup = await service.client.backUp();
    const run = await service.client.restore(backup.id, {}, 'restore/dry-run');
    const { manifest } = run.meta_json as { manifest: { audit_head: { seq: number; hash: string } } };
    const rows = await service.query('SELECT hash FROM audit_records WHERE seq = $1', [manifest.audit_head.seq]);
    expect(rows).toEqual([{ hash: manifest.audit_head.hash }]);
  });

  it('is read in pages that do not shift, and by what one looks for', async () => {
    await write(25);
    const first = await page('action=backups.list&limit=10');
    await write(3);
    const second = await page(`action=backups.list&limit=10&cursor=${first.next_cursor ?? ''}`);
    const third = await page(`action=backups.list&limit=10&cursor=${second.next_cursor ?? ''}`);
    const seqs = [first, second, third].flatMap(({ items }) => items.map(({ seq }) => seq));
    expect(seqs).toEqual([...seqs].sort((a, b) => b - a));
    expect(new Set(seqs).size).toBe(25);
    expect(third).not.toHaveProperty('next_cursor');
    expect((await page('actor=a7')).items.map(({ actor }) => actor)).toEqual(['a7']);
    expect((await page('from=2999-01-01T00:00:00Z')).items).toEqual([]);
    for (const query of ['limit=0', 'limit=501', 'cursor=x', 'from=yesterday', 'action=DROP', 'colour=red']) {
      expect([query, (await service.client.get(`/audit?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it('is exported whole, and what a caller wrote cannot become a formula or another line', async () => {
    const evil = '=cmd|"/c calc"!A1\r\n1,forged';
    await service.app
      .get(AuditService)
      .record({ actor: evil, actorRoles: [], action: 'backups.list', result: 'denied', details: { note: 'a\u0000b' } });
    const csv = await service.client.send<string>('GET', '/audit?result=denied', undefined, { Accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.body.split('\r\n')[0]).toBe(
      'seq,at,actor,actor_roles,source_ip,request_id,action,result,resource,details,prev_hash,hash,signature',
    );
    expect(csv.body).toContain(`"'=cmd|""/c calc""!A1\r\n1,forged"`);
    const ndjson = await service.client.send<string>('GET', '/audit?result=denied', undefined, {
      Accept: 'application/x-ndjson',
    });
    const records = ndjson.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecordDto);
    expect(records).toMatchObject([{ actor: evil, result: 'denied' }]);
    expect((await verdict()).ok).toBe(true);
  });

  it('stays whole whatever a record was given, and keeps what it hashed', async () => {
    const odd = { '\ud800': ['\udc00x', 'a\0b', { deep: '😀\ud83d' }], fine: 'ж' };
    await service.app
      .get(AuditService)
      .record({ actor: 'x\ud800', actorRoles: ['\udfff'], action: 'backups.list', result: 'failed', details: odd });
    const [record] = (await page('result=failed')).items;
    expect(record).toMatchObject({
      actor: 'x\ufffd',
      actor_roles: ['\ufffd'],
      details: { '\ufffd': ['\ufffdx', 'a\ufffdb', { deep: '😀\ufffd' }], fine: 'ж' },
    });
    expect(await verdict()).toMatchObject({ ok: true });
  });

  it('counts what a page polls instead of writing it down each time', async () => {
    for (let i = 0; i < 20; i += 1) await service.client.get('/backups');
    await service.client.get('/backups/4711');
    const records = await service.query(`SELECT result FROM audit_records WHERE action = 'backups.list'`);
    expect(records).toHaveLength(1);
    await service.stopService();
    service = await startTestService({ beside: service });
    const after = (await page('action=backups.list')).items;
    expect(after.map(({ details }) => details)).toEqual([
      expect.objectContaining({ count: 19, actor_id: 'root' }),
      { actor_id: 'root' },
    ]);
  });

  itLong(
    'shows that its end was cut off, or that it was written anew, by what backups and this process remember',
    async () => {
      await write(10);
      await tamper('DELETE FROM audit_records WHERE seq > 5');
      expect(await verdict()).toMatchObject({ ok: false, count: 5, first_broken: { seq: 6, reason: 'missing' } });
      await tamper('DELETE FROM audit_records');
      expect(await verdict()).toMatchObject({ ok: false, count: 0, first_broken: { seq: 1, reason: 'missing' } });
      // A process that has seen nothing yet still has the backups.
      await service.stopService();
      service = await startTestService({ beside: service });
      await write(10);
      await service.client.backUp();
      const [backup] = await service.query(`SELECT audit_head ->> 'seq' AS seq FROM backups`);
      const seq = Number(backup?.['seq']);
      await service.stopService();
      service = await startTestService({ beside: service });
      await tamper(`DELETE FROM audit_records WHERE seq >= ${seq}`);
      expect(await verdict()).toMatchObject({ ok: false, first_broken: { seq, reason: 'missing' } });
      await write(10);
      expect(await verdict()).toMatchObject({ ok: false, first_broken: { seq, reason: 'rewritten' } });
    },
  );

  it('is whole while it grows: records written during the check are not missing', async () => {
    const audit = service.app.get(AuditService);
    service.app.get(ChainAnchors).add(async () => {
      await write(1);
      const head = await audit.head();
      return head === undefined ? [] : [head];
    });
    expect(await verdict()).toMatchObject({ ok: true });
  });

  itLong('has a record of what was changed also when none could be written any more', async () => {
    const { id } = await service.client.backUp();
    await service.query(`ALTER TABLE audit_records ADD CONSTRAINT none CHECK (result <> 'success') NOT VALID`);
    const changed = await service.client.send('PATCH', `/backups/${id}`, '{"pinned":true}');
    expect(changed.status).toBe(200);
    expect((await page('action=backups.update')).items).toEqual([]);
    const intents = service.app.get(AuditIntents);
    await intents.begin({ actor: 'still at it', actorRoles: [], action: 'backups.delete', result: 'requested' });
    await service.query('ALTER TABLE audit_records DROP CONSTRAINT none');
    await intents.recordAbandoned();
    const [record] = (await page('action=backups.update')).items;
    expect(record).toMatchObject({ actor: 'root', result: 'requested', resource: `backup/${id}` });
    expect(record?.details).toMatchObject({ outcome: 'unknown' });
    // A process that is still at work records its own change. Only once it is gone is the change recorded for it.
    expect((await page('action=backups.delete')).items).toEqual([]);
    await service.stopService();
    service = await startTestService({ beside: service });
    expect((await page('action=backups.delete')).items).toMatchObject([{ actor: 'still at it', result: 'requested' }]);
    expect(await service.query('SELECT FROM audit_intents')).toEqual([]);
    expect(await verdict()).toMatchObject({ ok: true });
  });

  itLong('keeps no change waiting for ever, and ends a session that stands still with its lock', async () => {
    await withClient(service.control.url, async (db) => {
      await db.query(`SELECT pg_advisory_lock(hashtextextended('berkut audit', 0))`);
      const refused = await service.client.post('/backups');
      expect([refused.status, refused.body.error.code]).toEqual([503, 'backups.storage_unavailable']);
    });
    const limits = await service.app.get(DataSource).transaction(async (manager) => {
      await service.app
        .get(AuditService)
        .recordIn(manager, { actor: 'a', actorRoles: [], action: 'backups.list', result: 'success' });
      return manager.query<unknown>(`SELECT current_setting('idle_in_transaction_session_timeout') AS idle`);
    });
    expect(limits).toEqual([{ idle: '4s' }]);
  });
});

describe('reads that are counted', () => {
  // Of today, so that tokens are good.
  const clock = new FakeClock(new Date().toISOString());
  const reads = (): FoldedReads => service.app.get(FoldedReads);
  const lists = async (): Promise<unknown[]> =>
    service.query(`SELECT details ->> 'count' AS count FROM audit_records WHERE action = 'backups.list' ORDER BY seq`);
  const later = (): void => clock.set(new Date(clock.now().getTime() + 5 * 60_000));
  const record = (): Promise<void> =>
    reads().record({ actor: 'a', actorRoles: [], action: 'backups.list', result: 'success', details: {} });
  beforeEach(async () => {
    await service.stopService();
    service = await startTestService({ beside: service, clock });
  });

  it('are written down without another read, when their time is over', async () => {
    for (let i = 0; i < 4; i += 1) await record();
    await reads().closeOver();
    expect(await lists()).toEqual([{ count: null }]);
    later();
    await reads().closeOver();
    await reads().closeOver();
    expect(await lists()).toEqual([{ count: null }, { count: '3' }]);
    await record();
    expect(await lists()).toHaveLength(3);
  });

  it('are not lost when one cannot be written', async () => {
    const refuse = (): Promise<unknown> =>
      service.query(`ALTER TABLE audit_records ADD CONSTRAINT none CHECK (action <> 'backups.list') NOT VALID`);
    const allow = (): Promise<unknown> => service.query('ALTER TABLE audit_records DROP CONSTRAINT none');
    await refuse();
    await expect(record()).rejects.toThrow();
    await allow();
    await record();
    await record();
    later();
    await refuse();
    await reads().closeOver();
    await allow();
    await record();
    later();
    await reads().closeOver();
    expect(await lists()).toEqual([{ count: null }, { count: '1' }, { count: null }]);
  });

  it('are of one thing: another query, another caller of the same name and an export each have their record', async () => {
    await service.client.get('/audit?limit=5');
    await service.client.get('/audit?limit=6');
    await service.client.get('/audit?limit=6');
    const csv = await service.client.send<string>('GET', '/audit?limit=6', undefined, { Accept: 'text/csv' });
    const rows = (): Promise<Record<string, unknown>[]> =>
      service.query(`SELECT result, details FROM audit_records WHERE action = 'audit.read' ORDER BY seq`);
    await eventually(async () => (await rows()).length === 3);
    const [, , exported] = await rows();
    const { bytes_sent: sent } = exported?.['details'] as { bytes_sent: number };
    expect(exported?.['result']).toBe('success');
    expect(sent).toBeGreaterThan(csv.body.length);
    const namesake = await new SignJWT({ roles: ['superadmin'], name: 'root' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('somebody else')
      .setExpirationTime(clock.now().getTime() / 1000 + 60)
      .sign(new TextEncoder().encode(TEST_SECRET));
    await new JsonClient(service.url, namesake).get('/audit?limit=5');
    expect((await rows()).map(({ details }) => (details as { actor_id: string }).actor_id)).toEqual([
      'root',
      'root',
      'root',
      'somebody else',
    ]);
  });
});
