import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getStorageToken, type ThrottlerStorage } from '@nestjs/throttler';
import { BackupFiles } from '../../src/backups/catalogue/backup-files';
import { Storage, StorageError } from '../../src/engine/storage/storage';
import { Clock } from '../../src/kernel/clock/clock';
import { killedService } from '../faults/killed-service';
import { startTestService, type TestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { testCluster, withClient } from '../support/cluster';
import { containerOf, TEST_KEY, testKey } from '../support/containers';
import { controllersOf, type Route, routesOf } from '../support/routes';
import { turnMaintenance } from '../support/rows-of';

/** What a broken part may say, and no caller may read. */
const LEAK =
  'ENOENT /var/lib/berkut/secret-dir; SELECT hidden FROM users; role "scc_owner" at db.internal.example:5432; hunter2-password';
/** Any of it, and what gives away where something is or how it is built. */
const FORBIDDEN =
  /secret-dir|\/var\/|\/tmp\/|SELECT |INSERT |relation "|hunter2|scc_owner|internal\.example|node_modules|\.ts:\d|\.js:\d|at \w+ \(|postgres:\/\/|127\.0\.0\.1|pg_dump:|pg_restore:/;

/** Something that each route takes. */
/** What a route needs to get to its work. */
const QUERIES: Readonly<Record<string, string>> = { '/backups/:id/rows': '?table=tasks' };
const BODIES: Readonly<Record<string, string>> = { PUT: '{}', PATCH: '{"label":"x"}', POST: '{}' };

class Leaking extends Error {
  readonly statusCode = 418;
  readonly expose = true;
  readonly detail = LEAK;
}

/** Makes every method of every part that a controller uses throw. */
function breakParts(service: TestService, thrown: unknown): () => void {
  const undo: (() => void)[] = [];
  for (const { instance } of controllersOf(service)) {
    for (const part of Object.values(instance) as unknown[]) {
      // Without a clock no caller would get past the guard, and the configuration does no work.
      if (typeof part !== 'object' || part === null || part instanceof Clock || Object.isFrozen(part)) continue;
      const prototype = Object.getPrototypeOf(part) as object;
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
        if (name === 'constructor' || typeof descriptor?.value !== 'function') continue;
        Object.defineProperty(part, name, {
          configurable: true,
          value: () => {
            throw thrown;
          },
        });
        undo.push(() => Reflect.deleteProperty(part, name));
      }
    }
  }
  return () => undo.forEach((one) => one());
}

describe('no answer tells a secret', () => {
  let service: TestService;
  let routes: Route[];
  let id: number;
  beforeAll(async () => {
    service = await startTestService();
    routes = routesOf(service);
    id = (await service.client.backUp()).id;
  });
  afterAll(() => service.stop());

  const upload = async (content?: string): Promise<Response> => {
    const form = new FormData();
    form.append('file', new Blob([content ?? new Uint8Array(await containerOf([], testKey(1)))]), 'x');
    const headers = { Authorization: `Bearer ${await service.token('admin')}` };
    return fetch(`${service.url}/api/backups/import`, { method: 'POST', headers, body: form });
  };

  const drive = async (only: (route: Route) => boolean = () => true): Promise<{ what: string; status: number }[]> => {
    const seen: { what: string; status: number }[] = [];
    for (const { method, path } of routes.filter(only)) {
      const what = `${method} ${path}`;
      const address = `${path.replace(':id', String(id))}${QUERIES[path] ?? ''}`;
      const response = await service.client.fetch(method, address, BODIES[method]);
      const text = await response.text();
      const headers = JSON.stringify([...response.headers]);
      if (response.status >= 400 && method !== 'HEAD') {
        const { error } = JSON.parse(text) as { error: Record<string, unknown> };
        expect([what, Object.keys(error)]).toEqual([
          what,
          expect.arrayContaining(['code', 'i18n_key', 'message', 'request_id']),
        ]);
        expect([what, FORBIDDEN.exec(text)?.[0]]).toEqual([what, undefined]);
        expect([what, FORBIDDEN.exec(headers)?.[0]]).toEqual([what, undefined]);
      }
      seen.push({ what, status: response.status });
    }
    return seen;
  };

  it.each<[string, unknown]>([
    ['an error', new Leaking(LEAK)],
    ['an error of the system', Object.assign(new Error(LEAK), { code: 'EACCES', path: '/var/lib/berkut/secret-dir' })],
    ['an error of the database', Object.assign(new Error(LEAK), { code: '42P01', table: 'users' })],
    ['an error that says it is a response', { status: 302, message: LEAK, response: LEAK, getStatus: () => 302 }],
    ['a string', LEAK],
    ['nothing', undefined],
  ])('when a part throws %s', async (_, thrown) => {
    const repair = breakParts(service, thrown);
    try {
      // The scopes are a part of the configuration.
      const seen = await drive(
        ({ path, method }) => !path.startsWith('/auth/') && path !== '/backups/scopes' && method !== 'OPTIONS',
      );
      for (const { what, status } of seen) expect([what, status]).toEqual([what, 500]);
    } finally {
      repair();
    }
  });

  it.each<[string, number, (undo: (() => unknown)[]) => Promise<Response> | Response]>([
    [
      'the storage is full',
      507,
      (undo) => {
        const broken = jest
          .spyOn(service.app.get(Storage), 'create')
          .mockRejectedValue(new StorageError('no_space', { cause: new Error(LEAK) }));
        undo.push(() => broken.mockRestore());
        return upload();
      },
    ],
    [
      'a part of the import fails in an unforeseen way',
      500,
      (undo) => {
        const broken = jest.spyOn(service.app.get(Storage), 'create').mockRejectedValue(new Leaking(LEAK));
        undo.push(() => broken.mockRestore());
        return upload();
      },
    ],
    ['a file is no backup', 400, () => upload(LEAK)],
    [
      'a body is too large',
      413,
      () => service.client.fetch('POST', '/backups', JSON.stringify({ label: LEAK.repeat(2_000) })),
    ],
    [
      'a value is not valid',
      400,
      () => service.client.fetch('POST', '/backups', JSON.stringify({ scope: [1], [LEAK]: LEAK })),
    ],
    [
      'a token is none',
      401,
      () => service.client.fetch('GET', '/backups', undefined, { Authorization: `Bearer ${LEAK.length}` }),
    ],
    ['there is no such route', 404, () => service.client.fetch('GET', `/${encodeURIComponent(LEAK)}`)],
    [
      'a backup is in use',
      409,
      async (undo) => {
        const opened = await service.app.get(BackupFiles).open(id);
        undo.push(() => opened.close());
        return service.client.fetch('DELETE', `/backups/${id}`);
      },
    ],
    [
      'maintenance is on',
      503,
      async (undo) => {
        await turnMaintenance(service, 'on');
        undo.push(() => turnMaintenance(service, 'off'));
        return service.client.fetch('GET', '/backups');
      },
    ],
    [
      'a caller asks too often',
      429,
      async (undo) => {
        const limits = jest.spyOn(service.app.get<ThrottlerStorage>(getStorageToken()), 'increment');
        limits.mockResolvedValue({ totalHits: 2, timeToExpire: 9, isBlocked: true, timeToBlockExpire: 9 });
        undo.push(() => limits.mockRestore());
        return service.client.fetch('GET', '/backups');
      },
    ],
  ])('when %s', async (_, status, provoke) => {
    const undo: (() => unknown)[] = [];
    try {
      const response = await provoke(undo);
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ error: { code: expect.any(String) as string } });
      // The answer repeats the field names of the caller, and nothing else.
      const own = text.replaceAll(LEAK.slice(0, 64), '');
      expect(FORBIDDEN.exec(own)?.[0]).toBeUndefined();
      expect(FORBIDDEN.exec(JSON.stringify([...response.headers]))?.[0]).toBeUndefined();
    } finally {
      for (const one of undo) await one();
    }
  });

  it('when the storage is gone', async () => {
    const away = `${service.storagePath}-away`;
    await rename(service.storagePath, away);
    try {
      const seen = await drive(({ path, method }) => method === 'GET' && path.includes(':id'));
      expect(seen.find(({ what }) => what.endsWith('/download'))?.status).toBe(404);
    } finally {
      await rename(away, service.storagePath);
    }
  });

  it('when the file is not what was written', async () => {
    const [name = ''] = await readdir(service.storagePath);
    await writeFile(join(service.storagePath, name), LEAK);
    const answer = await service.client.get(`/backups/${id}/download`);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.checksum_mismatch']);
    const run = await service.client.restore(id, {}, 'restore/dry-run');
    expect(run.status).toBe('failed');
    expect(FORBIDDEN.exec(JSON.stringify(run))?.[0]).toBeUndefined();
  });

  it('when the tables of the control database are gone', async () => {
    await service.query('ALTER TABLE backups RENAME TO backups_away');
    await service.query('ALTER TABLE restore_runs RENAME TO restore_runs_away');
    try {
      await drive();
    } finally {
      await service.query('ALTER TABLE backups_away RENAME TO backups');
      await service.query('ALTER TABLE restore_runs_away RENAME TO restore_runs');
    }
  });

  it('when the target is gone', async () => {
    const { target } = service;
    await service.query(`ALTER DATABASE "${target.name}" RENAME TO "${target.name}_away"`);
    try {
      const backup = await service.client.backUp();
      expect(backup.status).toBe('failed');
      expect(FORBIDDEN.exec(JSON.stringify(backup))?.[0]).toBeUndefined();
    } finally {
      await service.query(`ALTER DATABASE "${target.name}_away" RENAME TO "${target.name}"`);
    }
  });
});

describe('no log line tells a secret', () => {
  it('whatever goes wrong, at the most talkative level', async () => {
    const service = await killedService({ LOG_LEVEL: 'trace' });
    try {
      const client = await service.start();
      const { id } = await client.backUp();
      const session = await client.send('POST', '/auth/session');
      const cookies = session.headers.getSetCookie();
      const stranger = client.withoutToken();
      const Cookie = cookies.map((cookie) => cookie.split(';')[0] ?? '').join('; ');
      await stranger.send('GET', '/backups?token=hunter2-query', undefined, { Cookie });
      await stranger.send('POST', '/backups', '{"label":"x"}', { Cookie, 'X-CSRF-Token': 'hunter2-csrf' });
      await stranger.send('GET', '/backups', undefined, { Authorization: 'Bearer hunter2-token' });
      await client.send('POST', '/backups', '{"password":"hunter2-body"}', { 'X-Api-Key': 'hunter2-header' });
      await withClient(testCluster().adminUrl, (db) =>
        db.query(`ALTER DATABASE "${service.target.name}" RENAME TO "${service.target.name}_away"`),
      );
      expect((await client.backUp()).status).toBe('failed');
      expect((await client.restore(id, {}, 'restore/dry-run')).status).toBe('failed');
      await withClient(service.control.url, (db) => db.query('ALTER TABLE audit_records RENAME TO away'));
      expect((await client.post('/backups')).status).toBe(503);
      const { stdout, stderr } = service.output();
      const lines = stdout + stderr;
      expect(lines).toContain('backup failed');
      const password = new URL(service.target.url).password;
      const secrets = [TEST_KEY, TEST_SECRET, ...cookies.map((cookie) => /=([^;]+)/.exec(cookie)?.[1] ?? ''), password];
      for (const secret of secrets.filter((one) => one.length > 6)) expect(lines).not.toContain(secret);
      expect(lines).not.toMatch(/hunter2|Bearer ey|postgres(ql)?:\/\/[^"\s]*:[^"\s*[]+@/);
    } finally {
      await service.remove();
    }
  });
});
