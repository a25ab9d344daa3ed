import { StrangerRecords } from '../../src/audit/stranger-records';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { turnMaintenance } from '../support/rows-of';

describe('limits', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ environment: { BERKUT_HTTP_REQUESTS_PER_MINUTE: '20' } });
  });
  afterAll(() => service.stop());

  it('stop only the caller that asks too often; the status of a restore is always answered', async () => {
    // Waited for from within: a slow backup must not use up what this caller may ask.
    const { id } = (await service.client.post('/backups')).body.artifact;
    await service.idle();
    const run = (await service.client.post(`/backups/${id}/restore/dry-run`)).body.item;
    await service.idle();
    const operator = await service.as('backup_operator');
    const answers = await Promise.all(Array.from({ length: 30 }, () => operator.get('/backups')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(20);
    expect(refused).toHaveLength(10);
    expect(refused[0]?.body.error).toMatchObject({ code: 'app.rate_limited', i18n_key: 'common.serverError' });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await (await service.as('auditor')).get('/backups')).status).toBe(200);
    for (let i = 0; i < 30; i += 1) expect((await operator.get(`/backups/restores/${run.id}`)).status).toBe(200);
  });

  it('count all that a caller asks together, refused or not, and leave one record of it', async () => {
    const analyst = await service.as('analyst');
    const seen: number[] = [];
    for (const path of ['/backups', '/backups/restores', '/backups/plan', '/audit', '/auth/me']) {
      for (let i = 0; i < 6; i += 1) seen.push((await analyst.get(path)).status);
    }
    expect(seen.filter((status) => status === 403)).toHaveLength(20);
    expect(seen.filter((status) => status === 429)).toHaveLength(10);
    const records = await service.query(
      `SELECT action, result FROM audit_records WHERE actor = 'analyst' AND details ->> 'count' IS NULL ORDER BY seq`,
    );
    expect(records.filter(({ result }) => result === 'denied')).toEqual(
      ['backups.list', 'backups.restore.read', 'backups.plan.read', 'audit.read'].map((action) => ({
        action,
        result: 'denied',
      })),
    );
    expect(records.filter(({ result }) => result === 'failed').length).toBeLessThanOrEqual(3);
  });

  it('are not needed by those who are told of maintenance: one record stands for all of them', async () => {
    await turnMaintenance(service, 'on');
    try {
      const stranger = service.client.withoutToken();
      for (let i = 0; i < 30; i += 1) expect((await stranger.post('/backups')).status).toBe(503);
    } finally {
      await turnMaintenance(service, 'off');
    }
    await service.app.get(StrangerRecords).written();
    const records = await service.query(
      `SELECT details FROM audit_records WHERE details ->> 'error_code' = 'app.maintenance_mode'`,
    );
    expect(records).toHaveLength(1);
  });

  it('leave one record of what one caller was refused many times', async () => {
    const [record] = await service.query(
      `SELECT count(*)::int AS n FROM audit_records WHERE actor = 'backup_operator' AND result = 'failed'`,
    );
    expect(record).toEqual({ n: 1 });
  });

  it('stop a stranger who guesses tokens, but not callers with a valid one at the same address', async () => {
    const stranger = service.client.withoutToken();
    const seen = new Set<number>();
    // Maintenance, which was on before, may be reported for another second.
    await eventually(async () => (await stranger.get('/backups')).status !== 503);
    for (let i = 0; i < 125; i += 1) seen.add((await stranger.get('/backups')).status);
    expect([...seen]).toEqual([401, 429]);
    expect((await (await service.as('admin')).get('/backups')).status).toBe(200);
  });

  it.each([
    ['deep lists', `{"scope":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
    ['deep objects', `${'{"label":'.repeat(9_000)}1${'}'.repeat(9_000)}`],
    ['100 kB and more', JSON.stringify({ label: 'x'.repeat(102_400) })],
  ])('refuse a body of %s', async (_, body) => {
    const { status, body: answer } = await (await service.as('superadmin')).send('POST', '/backups', body);
    expect([400, 413]).toContain(status);
    expect(answer.error.code).toMatch(/^backups\.(invalid_request|upload_too_large)$/);
  });
});
