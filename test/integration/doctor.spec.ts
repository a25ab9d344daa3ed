import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { doctor } from '../../src/cli/doctor/doctor';
import { checkFiles } from '../../src/cli/doctor/doctor-files';
import { parseConfig } from '../../src/kernel/config/parse-config';
import { Output } from '../../src/cli/terminal/output';
import { SMTPServer } from 'smtp-server';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { TEST_SECRET } from '../support/test-environment';
import { testCluster, withClient } from '../support/cluster';
import { TEST_KEY, testKey } from '../support/containers';
import { runBscc } from '../support/run-bscc';

interface Report {
  ok: boolean;
  checks: { check: string; state: string; code?: string; message: string; advice?: string; names?: object }[];
}

/** Keeps what the command says; started as a program once, because that takes most of the time. */
class Said extends Output {
  report: Report = { ok: false, checks: [] };

  constructor() {
    super(true);
  }

  override result(value: object): void {
    this.report = value as Report;
  }
}

const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

describe('bscc doctor', () => {
  let service: TestService;
  let healthy: Record<string, string>;
  beforeAll(async () => {
    service = await startTestService();
    await service.client.backUp();
    healthy = {
      APP_ENV: 'prod',
      BERKUT_DB_URL: service.target.url,
      BERKUT_BACKUP_CONTROL_DB_URL: service.control.url,
      BERKUT_BACKUP_PATH: service.storagePath,
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_AUTH_JWT_SECRET: TEST_SECRET,
      // Others may use the usual ones.
      BERKUT_HTTP_PORT: '0',
      BERKUT_MANAGEMENT_PORT: '0',
    };
  });
  afterAll(() => service.stop());

  const examine = async (
    changes: Record<string, string> = {},
    ...args: string[]
  ): Promise<Report & { code: number }> => {
    const said = new Said();
    const isWell = await doctor({ ...healthy, ...changes }, { notifies: args.includes('--notify'), output: said });
    return { code: isWell ? 0 : 6, ...said.report };
  };
  /** Codes of what it finds wrong, by check. */
  const findings = async (changes: Record<string, string>): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await examine(changes)).checks
        .filter(({ state, check }) => state !== 'ok' && check !== 'notices' && check !== 'rights')
        .map(({ check, state, code }) => [check, `${state} ${code ?? ''}`]),
    );

  it('names what restore runs have left, and what to do about it', async () => {
    const leftover = { kind: 'staging_database', database: 'scc_restore_7' };
    await service.query(
      `INSERT INTO restore_leftovers (run_id, kind, name, item, attempts, reason, since, next_attempt_at)
       VALUES (7, $1, $2, $3, 3, 'a session is in it', now(), now() + interval '1 hour')`,
      [leftover.kind, leftover.database, leftover],
    );
    try {
      const { ok, checks } = await examine();
      expect(ok).toBe(true);
      expect(checks.filter(({ check }) => check === 'leftovers')).toEqual([
        {
          check: 'leftovers',
          state: 'warning',
          code: 'leftover.refused',
          names: expect.objectContaining({ run: '7', reason: 'a session is in it' }) as object,
          message: expect.stringMatching(
            /^scc_restore_7, which restore run 7 has left, .*: a session is in it$/,
          ) as string,
          advice: expect.stringContaining('DROP DATABASE "scc_restore_7" WITH (FORCE)') as string,
        },
      ]);
    } finally {
      await service.query('DELETE FROM restore_leftovers');
    }
  });

  it('finds nothing wrong where nothing is, but that no channel is set up, and that the role is a superuser', async () => {
    const { code, ok, checks } = await examine();
    expect([code, ok]).toEqual([0, true]);
    expect(Object.fromEntries(checks.map(({ check, state }) => [check, state]))).toMatchObject({
      configuration: 'ok',
      storage: 'ok',
      keys: 'ok',
      'control database': 'ok',
      'clock and control database': 'ok',
      target: 'ok',
      'clock and target': 'ok',
      tools: 'ok',
      rights: 'warning',
      'backup rights': 'ok',
      sessions: 'ok',
      ports: 'ok',
      tokens: 'ok',
      notices: 'warning',
    });
    const { stdout } = await runBscc(['doctor'], healthy);
    expect(stdout).toMatch(/^ok +configuration: APP_ENV is prod\n(.*\n)*well\n$/);
  });

  it('says what is wrong with the configuration, all of it, and never a value', async () => {
    const { code, checks } = await examine({ BERKUT_DB_URL: '', BERKUT_HTTP_PORT: 'hunter2' });
    expect(code).toBe(6);
    expect(checks).toMatchObject([
      { code: 'configuration.invalid', message: 'BERKUT_DB_URL is required' },
      { code: 'configuration.invalid', message: 'BERKUT_HTTP_PORT must be a whole number from 0 to 65535' },
    ]);
  });

  it('says what is wrong with servers, tools and keys', async () => {
    const { checks } = await examine({ BERKUT_DB_URL: 'postgres://nobody@127.0.0.1:1/scc' });
    expect(checks.find(({ check }) => check === 'target')).toMatchObject({
      state: 'problem',
      code: 'database.unreachable',
      message: expect.stringMatching(
        /^the database "postgres" on 127\.0\.0\.1:1 cannot be reached: no server listens there \(ECONNREFUSED\)/,
      ) as string,
      advice: 'see that psql reaches the address of BERKUT_DB_URL from this machine',
    });
    expect(await findings({ BERKUT_DB_URL: testCluster().url('nothing_here') })).toMatchObject({
      target: 'problem target.missing',
    });
    expect(await findings({ BERKUT_BACKUP_CONTROL_DB_URL: service.target.url })).toEqual({
      configuration: 'problem configuration.invalid',
    });
    expect(await findings({ BERKUT_BACKUP_CONTROL_DB_URL: testCluster().url('not_made_yet') })).toEqual({});
    expect(await findings({ BERKUT_BACKUP_SCRATCH_READERS: 'no_such_role' })).toEqual({
      'readers of rehearsals': 'problem reader.unknown',
    });
    expect(await findings({ BERKUT_BACKUP_PGDUMP_BIN: '/nonexistent/pg_dump' })).toMatchObject({
      tools: 'problem tools.unusable',
    });
    expect((await examine({ BACKUP_ENCRYPTION_KEY: '02'.repeat(32) })).checks).toContainEqual(
      expect.objectContaining({
        code: 'storage.keys_missing',
        names: { missing: [testKey(1).id], ring: [testKey(2).id] },
        message: `files in the storage need keys that are not there: ${testKey(1).id}; the ring has ${testKey(2).id}`,
      }),
    );
    expect(
      await findings({
        BERKUT_AUTH_JWT_SECRET: '',
        BERKUT_AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks',
        BERKUT_AUTH_ISSUER: 'https://id.example',
        BERKUT_AUTH_AUDIENCE: 'backups',
      }),
    ).toMatchObject({
      tokens: 'problem tokens.no_keys',
    });
  });

  it('says what the role may not do', async () => {
    const role = `weak_${process.pid}`;
    await withClient(testCluster().adminUrl, (client) =>
      client.query(
        `CREATE ROLE ${role} LOGIN PASSWORD 'weak' NOCREATEDB; ALTER ROLE ${role} SET statement_timeout = '5s'`,
      ),
    );
    try {
      await withClient(service.target.url, (client) => client.query('CREATE TABLE IF NOT EXISTS docs (id int)'));
      const { checks } = await examine({ BERKUT_DB_URL: testCluster().url(service.target.name, role, 'weak') });
      const rights = checks.filter(({ check }) => check === 'rights').map(({ code }) => code);
      expect(rights).toEqual([
        'role.does_not_own_target',
        'role.in_place_only',
        'role.cannot_end_sessions',
        'role.cannot_make_roles',
        'role.time_limits',
      ]);
      expect(checks).toContainEqual({
        check: 'backup rights',
        state: 'problem',
        code: 'backup.missing_right',
        message: 'no backup can be made: the role may not read the table public.docs',
        advice: `GRANT SELECT ON TABLE public.docs TO ${role}`,
        names: { object: 'the table public.docs', remedy: `GRANT SELECT ON TABLE public.docs TO ${role}` },
      });
    } finally {
      await withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE ${role}`));
    }
  });

  it('looks at the storage', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-doctor-'));
    try {
      await chmod(directory, 0o755);
      expect(await findings({ BERKUT_BACKUP_PATH: directory })).toMatchObject({
        storage: 'warning storage.open_to_others',
      });
      await writeFile(join(directory, 'file'), '');
      expect(await findings({ BERKUT_BACKUP_PATH: join(directory, 'file') })).toMatchObject({
        storage: 'problem storage.not_writable',
      });
      // Those that keep copies, too.
      await mkdir(join(directory, 'near'), { mode: 0o700 });
      const file = join(directory, 'storages.json');
      const storages = ['near', 'file', 'gone'].map((name) => ({ name, url: join(directory, name) }));
      await writeFile(file, JSON.stringify(storages));
      const { ok, checks } = await examine({ BERKUT_BACKUP_STORAGES_FILE: file });
      expect([ok, checks.filter(({ check }) => check.startsWith('storage '))]).toMatchObject([
        false,
        [
          { check: 'storage near', state: 'ok', message: `${join(directory, 'near')} can be written` },
          {
            check: 'storage file',
            code: 'storage.not_writable',
            advice: expect.stringContaining('the storage file in BERKUT_BACKUP_STORAGES_FILE') as string,
          },
          { check: 'storage gone', state: 'problem', code: 'storage.not_there' },
        ],
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('makes nothing, and goes on when a file cannot be read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-doctor-'));
    try {
      const missing = join(directory, 'deep', 'storage');
      expect((await examine({ BERKUT_BACKUP_PATH: missing })).checks).toContainEqual({
        check: 'storage',
        state: 'ok',
        message: `${missing} is not there yet, and is made by the service`,
      });
      expect(await readdir(directory)).toEqual([]);
      await mkdir(missing, { recursive: true, mode: 0o700 });
      await writeFile(join(missing, 'no-backup.bscc'), 'x');
      await writeFile(join(missing, 'huge.bscc'), '');
      await truncate(join(missing, 'huge.bscc'), 2 ** 43);
      const { checks } = await examine({ BERKUT_BACKUP_PATH: missing });
      const ours = checks.filter(({ check }) => ['room', 'keys'].includes(check));
      expect(ours).toMatchObject([
        { check: 'room', state: 'problem', code: 'storage.no_room', names: { needed: '8796.1' } },
        {
          check: 'keys',
          state: 'ok',
          message: expect.stringContaining('opens 0 backups; 2 are of version 1') as string,
        },
      ]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('looks at files, migrations, claims, and at who may make the control database', async () => {
    const role = `poor_${process.pid}`;
    await withClient(testCluster().adminUrl, (client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'poor'`));
    const provider = createServer((_, response) => response.end(JSON.stringify({ keys: [publicKey] }))).listen(
      0,
      '127.0.0.1',
    );
    try {
      await once(provider, 'listening');
      const { port } = provider.address() as AddressInfo;
      expect(
        await findings({
          // Elsewhere the claims have to be named.
          APP_ENV: 'dev',
          BERKUT_BACKUP_FILES_PATH: '/nonexistent',
          BERKUT_BACKUP_MIGRATE_COMMAND: 'goose up; if',
          BERKUT_BACKUP_CONTROL_DB_URL: testCluster().url('not_made_yet', role, 'poor'),
          BERKUT_AUTH_JWT_SECRET: '',
          BERKUT_AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
          BERKUT_AUTH_ISSUER: 'urn:issuer',
        }),
      ).toEqual({
        files: 'problem files.unusable_directory',
        migrations: 'problem configuration.migrate_command',
        'control database': 'problem control.missing',
        claims: 'warning claims.unchecked',
      });
    } finally {
      provider.close();
      await withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE ${role}`));
    }
  });

  itLong('finds the one file among the application’s that cannot be read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-doctor-'));
    const setUser = (uid: number): void => {
      if (process.getuid?.() === 0) process.seteuid?.(uid);
    };
    try {
      await chmod(directory, 0o755);
      const config = parseConfig({ ...healthy, BERKUT_BACKUP_FILES_PATH: directory });
      const secret = join(directory, 'a', 'b', 'secret');
      await mkdir(join(directory, 'a', 'b'), { recursive: true });
      for (const path of [join(directory, 'z'), secret]) await writeFile(path, 'x');
      expect(await checkFiles(config)).toMatchObject([{ check: 'files', message: `${directory} can be read` }]);
      await chmod(secret, 0);
      setUser(65_533);
      expect(await checkFiles(config)).toMatchObject([
        {
          check: 'files',
          state: 'problem',
          code: 'files.unreadable',
          message: `no backup with files can be made: ${secret} cannot be read (EACCES)`,
        },
      ]);
    } finally {
      setUser(0);
      await rm(directory, { recursive: true });
    }
  });

  itLong('says when the role may make no tables in the control database, or has too few connections', async () => {
    const role = `few_${process.pid}`;
    const empty = await testCluster().createDatabase();
    const limited = await testCluster().createDatabase();
    await withClient(testCluster().adminUrl, (client) =>
      client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'few' CREATEDB CONNECTION LIMIT 7;
                    ALTER DATABASE ${limited.name} OWNER TO ${role}`),
    );
    try {
      await withClient(empty.url, (client) => client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC'));
      const as = (name: string): string => testCluster().url(name, role, 'few');
      const changes = { BERKUT_BACKUP_CONTROL_DB_URL: as(empty.name), BERKUT_DB_URL: as(limited.name) };
      const { checks } = await examine({ ...changes, BERKUT_BACKUP_JOBS: '4' });
      expect(checks.flatMap(({ code = '' }) => (/^(?:control|connections)\./.test(code) ? code : []))).toEqual([
        'control.no_tables',
        'connections.too_few_for_backup',
        'connections.role_limit',
      ]);
      await withClient(empty.url, (client) => client.query(`GRANT CREATE ON SCHEMA public TO ${role}`));
      expect(await findings({ ...changes, BERKUT_BACKUP_JOBS: '3' })).toEqual({});
    } finally {
      for (const database of [empty, limited]) await database.drop();
      await withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE ${role}`));
    }
  });

  itLong('tells of everything else when the target takes no connection', async () => {
    const closed = await testCluster().createDatabase();
    try {
      await withClient(testCluster().adminUrl, (admin) =>
        admin.query(`ALTER DATABASE ${closed.name} ALLOW_CONNECTIONS false`),
      );
      const { checks } = await examine({ BERKUT_DB_URL: closed.url });
      const states = Object.fromEntries(checks.map(({ check, state }) => [check, state]));
      expect(states).toMatchObject({ target: 'ok', tools: 'ok', rights: 'warning', sessions: 'problem' });
      expect(checks.find(({ check }) => check === 'sessions')?.code).toBe('target.closed_by_restore');
    } finally {
      await closed.drop();
    }
  });

  it('sends something that is about nothing, when it is asked to', async () => {
    const posted: string[] = [];
    const receiver = createServer((request, response) => {
      void text(request).then((body) => {
        posted.push(body);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const { checks } = await examine(
      {
        BERKUT_NOTICE_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
        BERKUT_NOTICE_WEBHOOK_SECRET: 'x'.repeat(32),
        BERKUT_NOTICE_INSTANCE: 'here',
      },
      '--notify',
    );
    receiver.close();
    expect(checks.at(-1)).toMatchObject({ check: 'notices by webhook', state: 'ok' });
    expect(posted.map((body): unknown => JSON.parse(body))).toEqual([
      {
        type: 'berkut.backups.test',
        timestamp: expect.any(String) as string,
        data: { message: expect.stringContaining('nothing has failed') as string, instance: 'here' },
      },
    ]);
  });

  it('tries the way to people when asked to', async () => {
    const { code, checks } = await examine(
      { BERKUT_NOTICE_SMTP_URL: 'smtp://127.0.0.1:1', BERKUT_NOTICE_MAIL_TO: 'admin@berkut.example' },
      '--notify',
    );
    expect(code).toBe(6);
    expect(checks.at(-1)).toMatchObject({ check: 'notices by mail', state: 'problem' });
  });

  itLong('asks the provider who it is, and whether a key of it can be used', async () => {
    const answers: Record<string, unknown> = {};
    const provider = createServer((request, response) => {
      const answer = answers[request.url ?? ''];
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? {}));
    }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    try {
      const at = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
      const asked = async (): Promise<string[]> => {
        const { checks } = await examine({
          BERKUT_AUTH_JWT_SECRET: '',
          BERKUT_AUTH_JWKS_URL: `${at}/keys`,
          BERKUT_AUTH_ISSUER: `${at}/realm`,
          BERKUT_AUTH_AUDIENCE: 'backups',
        });
        return checks
          .filter(({ check }) => ['tokens', 'issuer'].includes(check))
          .map(({ state, code }) => `${state} ${code ?? ''}`.trim());
      };
      answers['/keys'] = { keys: [{ kty: 'oct', k: 'AAAA' }, { ...publicKey, use: 'enc' }, { kty: 'RSA' }] };
      expect(await asked()).toEqual(['problem tokens.no_usable_key', 'warning issuer.silent']);
      answers['/keys'] = { keys: [publicKey, { kty: 'oct', k: 'AAAA' }] };
      answers['/realm/.well-known/openid-configuration'] = { issuer: `${at}/realm/`, jwks_uri: `${at}/keys` };
      expect(await asked()).toEqual(['ok', 'problem issuer.other_name']);
      answers['/realm/.well-known/openid-configuration'] = { issuer: `${at}/realm`, jwks_uri: `${at}/other` };
      expect((await asked())[1]).toBe('warning issuer.other_keys');
      answers['/realm/.well-known/openid-configuration'] = { issuer: `${at}/realm`, jwks_uri: `${at}/keys` };
      expect((await asked())[1]).toBe('ok');
    } finally {
      provider.close();
    }
  });

  itLong('greets the mail server and sends nothing', async () => {
    let mails = 0;
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      onAuth: ({ password }, _, done) => done(password === 'right' ? null : new Error('no'), { user: 'app' }),
      onData: (stream, _, done) => {
        mails += 1;
        stream.resume().once('end', () => done());
      },
      authOptional: true,
      allowInsecureAuth: true,
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    const asked = async (url: string): Promise<string | undefined> =>
      (await examine({ BERKUT_NOTICE_SMTP_URL: url, BERKUT_NOTICE_MAIL_TO: 'admin@berkut.example' })).checks.find(
        ({ check }) => check === 'mail server',
      )?.state;
    try {
      expect(await asked(`smtp://127.0.0.1:${port}`)).toBe('ok');
      expect(await asked(`smtp://app:right@127.0.0.1:${port}`)).toBe('ok');
      expect(await asked(`smtp://app:wrong@127.0.0.1:${port}`)).toBe('problem');
      expect(await asked('smtp://127.0.0.1:1')).toBe('problem');
      expect(mails).toBe(0);
    } finally {
      await new Promise<void>((resolve) => server.close(resolve));
    }
  });

  it('looks whether the ports can be had, unless the service itself has them', async () => {
    const other = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = String((other.address() as AddressInfo).port);
    try {
      expect(await findings({ BERKUT_HTTP_PORT: taken })).toEqual({
        ports: 'problem ports.unusable',
      });
      expect(await findings({ BERKUT_MANAGEMENT_HOST: '192.0.2.1', BERKUT_MANAGEMENT_PORT: taken })).toEqual({
        ports: 'problem ports.unusable',
      });
      const [api, probes] = [service.url, service.managementUrl].map((url) => new URL(url).port);
      expect(await findings({ BERKUT_HTTP_PORT: api ?? '', BERKUT_MANAGEMENT_PORT: probes ?? '' })).toEqual({});
    } finally {
      other.close();
    }
  });

  it('names variables that are none', async () => {
    const { checks } = await examine({
      BERKUT_DB_ULR: 'x',
      BERKUT_BACKUP_PATHS_FILE: 'y',
      BERKUT_NONSENSE_ALL_OVER: 'z',
      BACKUP_EXEC: 'q',
      berkut_http_port: '1',
    });
    expect(checks.filter(({ check }) => check === 'variables').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^BERKUT_BACKUP_PATHS_FILE is not a variable/),
      'BERKUT_DB_ULR is not a variable of the service and has no effect: did you mean BERKUT_DB_URL?',
      'BERKUT_NONSENSE_ALL_OVER is not a variable of the service and has no effect',
      'berkut_http_port is not a variable of the service and has no effect: did you mean BERKUT_HTTP_PORT?',
    ]);
  });

  it('says that a role only reads, and that a password file is ignored', async () => {
    const role = `reader_${process.pid}`;
    const directory = await mkdtemp(join(tmpdir(), 'berkut-doctor-'));
    await withClient(testCluster().adminUrl, (client) =>
      client.query(
        `CREATE ROLE ${role} LOGIN PASSWORD 'weak' CREATEDB CREATEROLE; ALTER ROLE ${role} SET default_transaction_read_only = on;
         ALTER DATABASE ${service.control.name} OWNER TO ${role}`,
      ),
    );
    try {
      const url = testCluster().url(service.control.name, role, 'weak');
      const { checks } = await examine({
        BERKUT_BACKUP_CONTROL_DB_URL: url,
        BERKUT_DB_URL: testCluster().url(service.target.name, role, 'weak'),
      });
      const found = checks.map(({ check, state, code }) => `${check} ${state} ${code ?? ''}`);
      expect(found).toContain('control database problem control.read_only');
      expect(found).toContain('rights warning role.read_only');

      const passfile = join(directory, 'passwords');
      await writeFile(passfile, '*:*:*:*:weak', { mode: 0o644 });
      const target = new URL(testCluster().url(service.target.name, role));
      target.password = '';
      const asked = await examine({ BERKUT_DB_URL: target.href, PGPASSFILE: passfile });
      expect(asked.checks.filter(({ check }) => check === 'target')).toEqual([
        expect.objectContaining({
          state: 'problem',
          code: 'database.unreachable',
          message: expect.stringMatching(
            /cannot be reached: the server asks for a password, and there is none$/,
          ) as string,
        }),
        {
          check: 'target',
          state: 'warning',
          code: 'password_file.open_to_others',
          message: `the password file ${passfile} can be read by others and is ignored, as by psql`,
          advice: `chmod 600 ${passfile}`,
          names: { file: passfile },
        },
      ]);
    } finally {
      await withClient(testCluster().adminUrl, (client) =>
        client.query(`ALTER DATABASE ${service.control.name} OWNER TO CURRENT_USER; DROP ROLE ${role}`),
      );
      await rm(directory, { recursive: true });
    }
  });
});
