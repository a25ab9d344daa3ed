import { startTestService, type TestService } from '../support/app';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { BODY, INHERITED, TYPES } from '../support/foreign-bodies';
import { type Route, routesOf } from '../support/routes';
import { isLong, itLong } from '../support/form';

describe('a body', () => {
  let service: TestService;
  let routes: Route[];
  beforeAll(async () => {
    service = await startTestService();
    routes = routesOf(service).map((route) => ({ ...route, path: route.path.replace(':id', '1') }));
    expect((await service.client.backUp()).id).toBe(1);
    await service.client.restore(1, {}, 'restore/dry-run');
  });
  afterAll(() => service.stop());

  const counts = async (): Promise<unknown> =>
    service.query('SELECT (SELECT count(*) FROM backups) AS backups, (SELECT count(*) FROM restore_runs) AS runs');

  it('that is not JSON is refused on every route but those that take a file', async () => {
    const before = await counts();
    for (const [i, { method, path }] of routes.filter((route) => !route.takesFile).entries()) {
      // In the short form, each route is tried with its share of the types.
      const types = isLong ? TYPES : TYPES.filter((_, type) => (type + i) % 4 === 0);
      const tries = types.flatMap((type) =>
        (['GET', 'HEAD'].includes(method) ? [undefined] : [BODY, '']).map((body) => ({ type, body })),
      );
      await Promise.all(
        tries.map(async ({ type, body }) => {
          const { status, body: answer } = await service.client.send(method, path, body, { 'Content-Type': type });
          const what = [method, path, type, body];
          expect([...what, status]).toEqual([...what, 400]);
          if (method === 'HEAD') return;
          expect(answer.error).toMatchObject({
            code: 'backups.invalid_request',
            details: { field: 'Content-Type', expected: 'application/json' },
          });
        }),
      );
    }
    expect(await counts()).toEqual(before);
  });

  it('may be missing, or be {} in JSON of any spelling, where nothing depends on it', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset=UTF-8']) {
      expect((await service.client.send('POST', '/backups/plan/disable', '{}', { 'Content-Type': type })).status).toBe(
        200,
      );
    }
    expect((await service.client.send('POST', '/backups/plan/disable')).status).toBe(200);
    expect((await service.client.delete('/backups/4711')).status).toBe(404);
  });

  it.each<[string, string | undefined, Record<string, string>]>([
    ['no body', undefined, {}],
    ['an empty body', '', {}],
    ['an empty body without a type', '', { 'Content-Type': '' }],
    ['a reason alone', '{"skip_safety_backup_reason":"the database is too damaged"}', {}],
    ['an empty list', '{"scope":[]}', {}],
    ['a wrong name', '{"confirm":"another"}', {}],
    ['a wrong name beside ALL', '{"scope":["ALL"],"confirm":"another"}', {}],
    ['an array', '[]', {}],
  ])('with %s does not restore the whole database', async (_, body, headers) => {
    const before = await counts();
    const answer = await service.client.send('POST', '/backups/1/restore', body, headers);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.invalid_request']);
    expect(await counts()).toEqual(before);
  });

  itLong('that says what to restore is taken, and so is the {} of the web UI', async () => {
    for (const body of [{}, { scope: ['ALL'] }, { confirm: service.target.name }]) {
      const run: RestoreRunDto = await service.client.restore(1, body);
      expect([body, run.status]).toEqual([body, 'success']);
    }
  });

  it('with a wrong confirmation is told what to write', async () => {
    const { body } = await service.client.post('/backups/1/restore', { confirm: 'x' });
    expect(body.error.details).toEqual({
      field: 'confirm',
      hint: `Send the name of the target database: {"confirm": "${service.target.name}"}.`,
    });
  });

  it('that is too long is told how long it may be', async () => {
    const { status, body } = await service.client.post('/backups', { label: 'x'.repeat(200_000) });
    expect([status, body.error.details]).toEqual([
      413,
      { limit_bytes: 102_400, hint: 'A request body in JSON has to be shorter.' },
    ]);
  });

  it('may not have fields with names that every object inherits, at any depth', async () => {
    for (const { method, path } of routes.filter(
      (route) => !route.takesFile && !['GET', 'HEAD', 'DELETE'].includes(route.method),
    )) {
      const names = isLong ? INHERITED : INHERITED.slice(0, 2);
      const bodies = names.flatMap((name) => [`{"${name}":1}`, `{"${name}":{"label":"x"}}`]);
      const answers = await Promise.all(bodies.map((body) => service.client.send(method, path, body)));
      expect([method, path, new Set(answers.map(({ status }) => status))]).toEqual([method, path, new Set([400])]);
    }
    const nested = await service.client.send('POST', '/backups', '{"scope":["ALL",{"__proto__":1}]}');
    expect([nested.status, nested.body.error.details]).toEqual([400, { fields: ['__proto__'] }]);
  });

  it('of a list has whole numbers in plain digits, each once', async () => {
    const lists = ['/backups', '/backups/restores', '/audit', '/backups/plan/preview'];
    for (const path of lists) {
      const name = path.endsWith('preview') ? 'runs' : 'limit';
      expect((await service.client.get(`${path}?${name}=5`)).status).toBe(200);
      const wrong = [
        '0x10',
        '1e2',
        '%205',
        '5%20',
        '+5',
        '%2B5',
        '5.0',
        '05',
        '0b1',
        'Infinity',
        '1_0',
        '',
        '५',
        'null',
      ];
      for (const query of [
        ...wrong.map((value) => `${name}=${value}`),
        `${name}=5&${name}=5`,
        `${name}[]=5`,
        `${name}[a]=5`,
        ...INHERITED.map((inherited) => `${inherited}=5`),
      ]) {
        const { status } = await service.client.get(`${path}?${query}`);
        expect([path, query, status]).toEqual([path, query, 400]);
      }
    }
  });
});
