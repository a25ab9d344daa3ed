import { connect } from 'node:net';
import { StrangerRecords } from '../../src/audit/stranger-records';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';

interface RawAnswer {
  readonly status: number;
  readonly type: string;
  readonly requestId: string;
  readonly code: string;
}

describe('a request that is odd', () => {
  let service: TestService;
  let token: string;
  beforeAll(async () => {
    service = await startTestService();
    token = await service.token('superadmin', 'odd');
  });
  afterAll(() => service.stop());

  /** Sends text as it is and reads until the connection closes. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(service.url);
      const socket = connect(Number(port), hostname).setEncoding('utf8');
      let answer = '';
      socket.on('data', (data: string) => (answer += data));
      socket.on('error', () => undefined).once('close', () => resolve(answer));
      socket.write(text);
    });
  const request = (line: string, ...headers: string[]): string =>
    [line, ...headers, 'Connection: close', '', ''].join('\r\n');
  const ask = (line: string, ...headers: string[]): Promise<string> =>
    raw(request(line, 'Host: x', `Authorization: Bearer ${token}`, ...headers));

  const read = (answer: string): RawAnswer => {
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
    const json = /\{.*\}/s.exec(body)?.[0] ?? '{}';
    const { error } = JSON.parse(json) as { error?: { code?: string } };
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0),
      type: header('content-type'),
      requestId: header('x-request-id'),
      code: error?.code ?? '',
    };
  };

  const unknownCount = async (): Promise<number> => {
    const [row] = await service.query(
      `SELECT coalesce(sum(coalesce((details ->> 'count')::int, 1)), 0)::int AS n FROM audit_records WHERE action = 'request.unknown'`,
    );
    return Number(row?.['n']);
  };

  it.each<[string, () => Promise<string>, number, string]>([
    ['CONNECT', () => ask('CONNECT x:443 HTTP/1.1'), 400, 'backups.invalid_request'],
    ['an expectation', () => ask('GET /api/backups HTTP/1.1', 'Expect: x'), 417, 'backups.expectation_failed'],
    [
      'two expectations',
      () => ask('GET /api/backups HTTP/1.1', 'Expect: 100-continue, x'),
      417,
      'backups.expectation_failed',
    ],
    ['no host', () => raw(request('GET /api/backups HTTP/1.1')), 400, 'backups.invalid_request'],
    ['two hosts', () => ask('GET /api/backups HTTP/1.1', 'Host: y'), 400, 'backups.invalid_request'],
    ['two tokens', () => ask('GET /api/backups HTTP/1.1', 'Authorization: Bearer x'), 400, 'backups.invalid_request'],
    [
      'two types',
      () => ask('DELETE /api/backups/4711 HTTP/1.1', 'Content-Type: application/json', 'Content-Type: text/plain'),
      400,
      'backups.invalid_request',
    ],
    [
      'another coding under the chunks',
      () =>
        raw(
          request(
            'POST /api/backups HTTP/1.1',
            'Host: x',
            `Authorization: Bearer ${token}`,
            'Transfer-Encoding: gzip, chunked',
          ) + '0\r\n\r\n',
        ),
      400,
      'backups.invalid_request',
    ],
    ['two slashes', () => ask('GET //api/backups HTTP/1.1'), 404, 'backups.not_found'],
    ['two slashes within', () => ask('GET /api//backups HTTP/1.1'), 404, 'backups.not_found'],
    ['another case', () => ask('GET /API/backups HTTP/1.1'), 404, 'backups.not_found'],
    ['another case of the rest', () => ask('GET /api/Backups HTTP/1.1'), 404, 'backups.not_found'],
    ['a slash at the end', () => ask('GET /api/backups/ HTTP/1.1'), 404, 'backups.not_found'],
    ['an encoded slash', () => ask('GET /api%2fbackups HTTP/1.1'), 404, 'backups.not_found'],
    ['an encoded slash within', () => ask('GET /api/backups%2f1 HTTP/1.1'), 404, 'backups.not_found'],
    ['an encoded slash in an id', () => ask('GET /api/backups/1%2fdownload HTTP/1.1'), 400, 'backups.invalid_request'],
    ['an encoded letter', () => ask('GET /api/%62ackups HTTP/1.1'), 404, 'backups.not_found'],
    ['a dot segment', () => ask('GET /api/./backups HTTP/1.1'), 404, 'backups.not_found'],
    ['two dots', () => ask('GET /api/x/../backups HTTP/1.1'), 404, 'backups.not_found'],
    ['encoded dots', () => ask('GET /api/x/%2e%2e/backups HTTP/1.1'), 404, 'backups.not_found'],
    ['a matrix parameter', () => ask('GET /api/backups;a=b HTTP/1.1'), 404, 'backups.not_found'],
    ['a backslash', () => ask('GET /api\\backups HTTP/1.1'), 404, 'backups.not_found'],
    ['a null byte', () => ask('GET /api/backups%00 HTTP/1.1'), 404, 'backups.not_found'],
    ['half of an encoding', () => ask('GET /api/backups/%zz HTTP/1.1'), 400, 'backups.invalid_request'],
    ['a page that is none', () => ask('GET /index.php HTTP/1.1'), 404, 'backups.not_found'],
    ['a path beside the API', () => ask('GET /apibackups HTTP/1.1'), 404, 'backups.not_found'],
    ['an absolute target of no route', () => ask('GET http://x/backups HTTP/1.1'), 404, 'backups.not_found'],
    ['the whole server', () => ask('OPTIONS * HTTP/1.1'), 404, 'backups.not_found'],
    ['a rare method', () => ask('PROPFIND /api/backups HTTP/1.1'), 404, 'backups.not_found'],
    ['TRACE', () => ask('TRACE /api/backups HTTP/1.1'), 404, 'backups.not_found'],
    ['an unknown method', () => ask('FETCH /api/backups HTTP/1.1'), 400, 'backups.invalid_request'],
    ['HTTP/2', () => raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 400, 'backups.invalid_request'],
    [
      'a huge header',
      () => ask('GET /api/backups HTTP/1.1', `X: ${'x'.repeat(20_000)}`),
      431,
      'backups.invalid_request',
    ],
  ])('by %s has the envelope and a record', async (_, send, status, code) => {
    const before = await unknownCount();
    const answer = read(await send());
    expect(answer).toMatchObject({ status, code, type: expect.stringMatching(/^application\/json/) as unknown });
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
    // A known route with a bad id has a record of its own action.
    if (code === 'backups.invalid_request' && _.endsWith('in an id')) return;
    await eventually(async () => {
      await service.app.get(StrangerRecords).closeAll();
      return (await unknownCount()) > before;
    });
  });

  it('by an upgrade that is not made, or an absolute target, is answered as any other', async () => {
    const upgrade = [
      'Connection: Upgrade, close',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
    ];
    const head = ['GET /api/auth/me HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`, ...upgrade];
    expect(read(await raw([...head, '', ''].join('\r\n'))).status).toBe(200);
    expect(read(await ask('GET http://x/api/auth/me HTTP/1.1')).status).toBe(200);
    expect(read(await raw(request('GET http://x/api/auth/me HTTP/1.1', 'Host: x'))).status).toBe(401);
  });

  const posted = ['Host: x', 'Content-Type: application/json'];
  it.each<[string, string[], string]>([
    ['a chunk that has no size', ['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
    [
      'a chunk that says too much of itself',
      ['Transfer-Encoding: chunked'],
      `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    ],
  ])('by %s in its body has the envelope, one record, and changes nothing', async (_, headers, body) => {
    const records = async (): Promise<unknown[]> =>
      service.query(`SELECT result FROM audit_records WHERE action = 'backups.create' AND actor = 'odd'`);
    const before = (await records()).length;
    const head = [...posted, `Authorization: Bearer ${token}`, ...headers];
    const answer = await raw(request('POST /api/backups HTTP/1.1', ...head) + body);
    expect(read(answer)).toMatchObject({ status: 400, code: 'backups.invalid_request' });
    expect(read(answer).requestId).toMatch(/^[0-9a-f-]{36}$/);
    await eventually(async () => (await records()).length > before);
    expect((await records()).slice(before)).toEqual([{ result: 'failed' }]);
    expect(await service.query('SELECT FROM backups')).toEqual([]);
  });

  it('behind another one is answered after it, each in its turn', async () => {
    const good = `GET /api/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const answers = await raw(`${good}GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\nGET no request at all\r\n\r\n`);
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '400']);
  });
});
