import { SCC_SCOPES } from '../../src/kernel/config/scc-scopes';
import { startTestService, type TestService } from '../support/app';

describe('the HTTP contract', () => {
  let service: TestService;
  beforeAll(async () => (service = await startTestService()));
  afterAll(() => service.stop());

  const invalid = {
    code: 'backups.invalid_request',
    i18n_key: 'backups.error.invalidRequest',
    message: 'The request is not valid.',
  };

  it.each([
    ['malformed JSON', '{"label":'],
    ['an array', '[]'],
    ['a bare word', '"ALL"'],
    ['null', 'null'],
    ['an unknown field', '{"lable":"x"}'],
    ['a label of the wrong type', '{"label":7}'],
    ['a label that is too long', JSON.stringify({ label: 'x'.repeat(65) })],
    ['a scope that is no list', '{"scope":"ALL"}'],
    ['a scope of numbers', '{"scope":[1]}'],
    ['an unknown scope', '{"scope":["dcos"]}'],
    ['ALL beside another scope', '{"scope":["ALL","docs"]}'],
    ['a scope without a table in the target', '{"scope":["docs"]}'],
    ['a flag of the wrong type', '{"include_files":"yes"}'],
    ['null for a label', '{"label":null}'],
    ['null for a scope', '{"scope":null}'],
    ['null for a flag', '{"include_files":null}'],
    ['a null character in the label', String.raw`{"label":"a\u0000b"}`],
    ['a null character in a scope', String.raw`{"scope":["a\u0000b"]}`],
    ['half a surrogate pair in the label', String.raw`{"label":"\ud800"}`],
  ])('refuses a backup with %s', async (_, body) => {
    const answer = await service.client.send('POST', '/backups', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    // With what was wrong: the field, or a hint.
    expect(answer.body.error).toMatchObject({ ...invalid, details: expect.any(Object) as object });
    expect(answer.body.error.request_id).toBe(answer.headers.get('x-request-id'));
    expect((await service.client.get('/backups')).body.total).toBe(0);
  });

  it.each([
    ['PATCH', '/backups/4711', '{"pinned":null}'],
    ['PATCH', '/backups/4711', '{"label":null}'],
    ['PATCH', '/backups/4711', String.raw`{"label":"\u0000"}`],
    ['POST', '/backups/4711/restore', '{"scope":null}'],
    ['POST', '/backups/4711/restore', String.raw`{"skip_safety_backup_reason":"\ud800"}`],
    ['POST', '/backups/4711/restore/dry-run', '{"mode":null}'],
    ['GET', '/backups?q=%00', undefined],
    ['GET', '/audit?actor=a%00b', undefined],
    ['GET', '/audit?from=2009-W01-1', undefined],
    ['GET', '/audit?from=2009-123', undefined],
    ['GET', '/audit?to=2009-02-30', undefined],
    ['GET', '/audit?to=2009-02-01T10:00:00%2B99:00', undefined],
  ])('refuses %s %s with what cannot be stored: %s', async (method, path, body) => {
    const answer = await service.client.send(method, path, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.invalid_request']);
  });

  it.each([
    ['POST', '/backups/4711/cancel'],
    ['POST', '/backups/4711/verify'],
    ['DELETE', '/backups/4711'],
    ['POST', '/backups/restores/4711/cancel'],
    ['POST', '/backups/restores/4711/rollback'],
    ['POST', '/backups/restores/4711/discard'],
    ['POST', '/backups/integrity/run'],
    ['POST', '/backups/plan/enable'],
    ['POST', '/backups/plan/disable'],
    ['POST', '/backups/rescan'],
    ['POST', '/auth/session'],
    ['DELETE', '/auth/session'],
  ])('refuses fields on %s %s, which takes none, but not an empty body', async (method, path) => {
    const answer = await service.client.send(method, path, '{"mode":"rehearse","zzz":1}');
    expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.invalid_request']);
    expect(answer.body.error.details).toEqual({ fields: ['mode', 'zzz'] });
    expect((await service.client.send(method, path, '{}')).status).not.toBe(400);
    expect((await service.client.send(method, path)).status).not.toBe(400);
  });

  it('refuses a body that is not JSON', async () => {
    const answer = await service.client.send('POST', '/backups', 'label=x', {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject(invalid);
  });

  it('refuses a huge body', async () => {
    const answer = await service.client.send('POST', '/backups', JSON.stringify({ label: 'x'.repeat(200_000) }));
    expect(answer.status).toBe(413);
    expect(answer.body.error.code).toBe('backups.upload_too_large');
  });

  it('asks who is calling before it looks at the body', async () => {
    const answer = await service.client.withoutToken().send('POST', '/backups', '{"label":');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body.error).toMatchObject({ code: 'auth.unauthorized' });
  });

  it('refuses files when no path for them is configured', async () => {
    const answer = await service.client.post('/backups', { include_files: true });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'backups.files_not_configured',
      i18n_key: 'backups.error.invalidRequest',
    });
  });

  it.each(['0', '-1', '01', '1e3', 'x', '9007199254740992', '1.5', '%20'])('refuses the id %s', async (id) => {
    for (const path of [`/backups/${id}`, `/backups/restores/${id}`]) {
      const answer = await service.client.get(path);
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 400, 'backups.invalid_request']);
    }
  });

  it.each([
    ['GET', '/backups/4711'],
    ['GET', '/backups/4711/download'],
    ['DELETE', '/backups/4711'],
    ['POST', '/backups/4711/restore'],
    ['POST', '/backups/4711/restore/dry-run'],
    ['GET', '/backups/restores/9007199254740991'],
    ['GET', '/nothing/here'],
    ['PUT', '/backups'],
  ])('does not find %s %s', async (method, path) => {
    const answer = await service.client.send(method, path, path.endsWith('/restore') ? '{}' : undefined);
    expect(answer.status).toBe(404);
    expect(answer.body.error).toMatchObject({ code: 'backups.not_found', i18n_key: 'backups.error.notFound' });
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'offset=-1',
    'status=done',
    'source=tape',
    'sort=id',
    'colour=red',
    `q=${'x'.repeat(101)}`,
  ])('refuses a list with %s', async (query) => {
    expect((await service.client.get(`/backups?${query}`)).status).toBe(400);
  });

  it('accepts a short and plain request id, and makes one otherwise', async () => {
    const kept = await service.client.send('GET', '/backups', undefined, { 'X-Request-Id': 'ticket-4711' });
    expect(kept.headers.get('x-request-id')).toBe('ticket-4711');
    const made = await service.client.send('GET', '/backups', undefined, { 'X-Request-Id': 'x'.repeat(65) });
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sends security headers and says nothing of itself', async () => {
    const { headers } = await service.client.get('/backups');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('keeps a connection longer than the proxies in front of it do, which else answer 502 now and then', async () => {
    const { headers } = await service.client.get('/backups');
    expect(headers.get('keep-alive')).toBe('timeout=75');
  });

  it('answers the probes on a port of their own', async () => {
    expect(await (await fetch(`${service.managementUrl}/livez`)).text()).toBe('ok\n');
    const ready = await fetch(`${service.managementUrl}/readyz`);
    const parts = ['control_database', 'target_server', 'storage', 'tools'];
    const jobs = [
      'audit_intents',
      'audit_reads',
      'audit_strangers',
      'backup_recovery',
      'check_first_storage',
      'leftover_files',
      'restore_recovery',
      'uploads',
    ];
    expect(await ready.text()).toBe([...parts, ...jobs].map((name) => `${name} ok\n`).join(''));
    expect(ready.status).toBe(200);
  });

  it('shows lists with their total, in the order that was asked for', async () => {
    const first = await service.client.backUp({ label: 'one 100%' });
    const second = await service.client.backUp({ label: 'two' });
    const ids = async (query: string): Promise<number[]> =>
      (await service.client.get(`/backups?${query}`)).body.items.map(({ id }) => id);
    expect(await ids('')).toEqual([second.id, first.id]);
    expect(await ids('sort=created_at')).toEqual([first.id, second.id]);
    expect(await ids('limit=1')).toEqual([second.id]);
    expect(await ids('limit=1&offset=1')).toEqual([first.id]);
    expect(await ids('q=100%25')).toEqual([first.id]);
    expect(await ids('q=%25')).toEqual([first.id]);
    expect(await ids('status=failed')).toEqual([]);
    expect(await ids('source=local&status=success')).toEqual([second.id, first.id]);
    expect(await ids('sort=size_bytes&q=o')).toHaveLength(2);
  });

  it('counts what a list has also where a page has none of it', async () => {
    await service.client.backUp({ label: 'counted one' });
    const totals = async (filter: string): Promise<number[]> => {
      const queries = [`limit=1&${filter}`, `limit=1&offset=900&${filter}`];
      return Promise.all(queries.map(async (query) => (await service.client.get(`/backups?${query}`)).body.total));
    };
    const all = (await service.client.get('/backups')).body.items.length;
    expect(await totals('')).toEqual([all, all]);
    expect(await totals('q=counted%20one')).toEqual([1, 1]);
    expect(await totals('status=failed')).toEqual([0, 0]);
    expect((await service.client.get('/backups/restores?limit=1&offset=5')).body).toEqual({ items: [], total: 0 });
  });

  it('shows all backups and storages at one glance', async () => {
    const backup = await service.client.backUp();
    await service.query(
      `INSERT INTO due_runs (due_at, state, attempts, next_attempt_at)
       SELECT now() - days * interval '1 day', state, 3, now()
         FROM (VALUES (2, 'given_up'), (3, 'success'), (40, 'given_up')) AS runs (days, state)`,
    );
    interface Shown {
      items: Record<string, unknown>[];
      missed: string[];
    }
    const { status, body } = await service.client.get<Shown>('/backups/history?days=30');
    expect([status, body.missed.length]).toEqual([200, 1]);
    expect(body.items.map(({ id }) => id)).toEqual(body.items.map(({ id }) => Number(id)).sort((a, b) => a - b));
    const counts = Object.values(backup.meta_json.entity_counts ?? {});
    expect(body.items.at(-1)).toEqual({
      ...{ id: backup.id, created_at: backup.created_at, status: 'success', source: 'local', trigger: 'manual' },
      rows: counts.reduce((sum, rows) => sum + rows, 0),
      size_bytes: backup.size_bytes,
      duration_seconds: expect.any(Number) as number,
    });
    expect((await service.client.get<Shown>('/backups/history')).body.missed).toHaveLength(2);
    for (const days of ['0', '367', 'x', '1.5']) {
      expect([days, (await service.client.get(`/backups/history?days=${days}`)).status]).toEqual([days, 400]);
    }
    const storages = await service.client.get<Shown>('/backups/storages');
    const good = body.items.filter((item) => item['status'] === 'success');
    expect(storages.body.items).toEqual([
      {
        ...{ name: 'first', kind: 'directory', reachable: true, free_bytes: expect.any(Number) as number },
        used_bytes: good.reduce((sum, { size_bytes: size }) => sum + Number(size), 0),
        ...{ files: good.length, files_damaged: 0, files_missing: 0 },
      },
    ]);
    expect(JSON.stringify(storages.body)).not.toContain('/');
    const scopes = await service.client.get<Shown>('/backups/scopes');
    expect(scopes.body.items.map(({ name }) => name)).toEqual(Object.keys(SCC_SCOPES));
    expect(scopes.body).toHaveProperty('has_files', false);
  });

  it('removes a backup and its file', async () => {
    const backup = await service.client.backUp();
    const { status, body } = await service.client.delete(`/backups/${backup.id}`);
    expect([status, body]).toEqual([200, { ok: true }]);
    expect((await service.client.get(`/backups/${backup.id}`)).status).toBe(404);
    expect((await service.client.delete(`/backups/${backup.id}`)).status).toBe(404);
  });
});
