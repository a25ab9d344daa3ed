import { chmod, chown, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { Cluster } from '../../src/embedded/cluster';
import { findServerUser } from '../../src/embedded/server-user';
import type { Surroundings } from '../../src/engine/address/parameters';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { connect, withConnection } from '../../src/engine/postgres/server/connection';
import { runTool } from '../../src/engine/process/run-tool';
import { controlDataSourceOptions } from '../../src/kernel/database/control-database';
import { lockName, LockSession } from '../../src/kernel/operations/lock-session';
import { checkDatabases } from '../../src/cli/doctor/doctor-databases';
import { parseConfig } from '../../src/kernel/config/parse-config';
import { TEST_KEY } from '../support/containers';
import { startTestService } from '../support/app';
import { type Certificate, CertificateAuthority } from '../support/certificates';
import { throwawayCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

/** How a connection comes about, or that it does not. */
type Verdict = 'tls' | 'plain' | 'refused';

const HOW = 'SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()';

/** In turn by database: over TLS only, without only, with our certificate, with both, and by password any way. */
const ACCESS = `
local   all      all  trust
host    tls_only,postgres small 127.0.0.1/32 scram-sha-256
host    all      small 127.0.0.1/32 reject
hostssl tls_only all 127.0.0.1/32 scram-sha-256
hostnossl plain_only all 127.0.0.1/32 scram-sha-256
hostssl by_cert  all 127.0.0.1/32 cert
hostssl by_both  all 127.0.0.1/32 scram-sha-256 clientcert=verify-full
hostssl by_trust all 127.0.0.1/32 trust
host    tls_only,plain_only,by_cert,by_both,by_trust all all reject
host    all      all all scram-sha-256
`;
const DATABASES = ['tls_only', 'plain_only', 'by_cert', 'by_both', 'by_trust'];

describe('a database URL means to the service what it means to libpq:', () => {
  let directory: string;
  let cluster: Cluster;
  let password: string;
  let files: Record<string, string>;
  let shown: Record<'right' | 'wrongHost' | 'expired' | 'commonName' | 'addressOnly' | 'star', Certificate>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-libpq-'));
    const user = await findServerUser();
    const ours = new CertificateAuthority(directory, 'ours');
    const other = new CertificateAuthority(directory, 'other');
    const access = join(directory, 'access.conf');
    await writeFile(access, ACCESS);
    shown = {
      right: ours.issue('db', ['DNS:localhost']),
      wrongHost: ours.issue('localhost', ['DNS:elsewhere.example']),
      expired: ours.issue('late', ['DNS:localhost'], { isExpired: true }),
      commonName: ours.issue('localhost'),
      addressOnly: ours.issue('127.0.0.1', ['IP:127.0.0.1', 'DNS:db.example']),
      star: ours.issue('star', ['DNS:*.example']),
    };
    // Only the server's own user may read these.
    if (user !== undefined) {
      await chmod(directory, 0o755);
      await Promise.all(Object.values(shown).map(({ key }) => chown(key, user.uid, user.gid)));
    }
    const [client, stranger, another] = [ours.issue('app'), other.issue('app'), ours.issue('somebody')];
    const openKey = join(directory, 'open.key');
    await copyFile(client.key, openKey);
    await chmod(openKey, 0o644);
    files = {
      ours: ours.cert,
      other: other.cert,
      cert: client.cert,
      key: client.key,
      openKey,
      strangerCert: stranger.cert,
      strangerKey: stranger.key,
      anotherCert: another.cert,
      anotherKey: another.key,
    };
    cluster = await throwawayCluster({
      ssl_ca_file: ours.cert,
      hba_file: access,
      password_encryption: 'scram-sha-256',
    });
    password = decodeURIComponent(new URL(cluster.adminUrl).password);
    await withClient(cluster.adminUrl, async (admin) => {
      await admin.query(`CREATE ROLE app LOGIN SUPERUSER PASSWORD '${password}'`);
      await admin.query(`CREATE ROLE small LOGIN CREATEDB PASSWORD '${password}'`);
      await admin.query(`CREATE ROLE reader LOGIN PASSWORD '${password}'`);
      await admin.query(`ALTER ROLE reader SET default_transaction_read_only = on`);
      for (const name of DATABASES) await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    });
    await serverShows(shown.right);
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** The server reads its settings again in its own time; a session shows with which it was begun. */
  const serverShows = async ({ cert, key }: Certificate): Promise<void> => {
    await withClient(cluster.adminUrl, async (admin) => {
      await admin.query(`ALTER SYSTEM SET ssl_cert_file = '${cert}'`);
      await admin.query(`ALTER SYSTEM SET ssl_key_file = '${key}'`);
      await admin.query('ALTER SYSTEM SET ssl = on');
      await admin.query('SELECT pg_reload_conf()');
    });
    await eventually(() =>
      withClient(cluster.adminUrl, async (admin) => {
        const { rows } = await admin.query<{ setting: string }>(
          `SELECT current_setting('ssl_cert_file') || current_setting('ssl_key_file') AS setting`,
        );
        return rows[0]?.setting === cert + key;
      }),
    );
  };

  const complete = (template: string): string =>
    Object.entries({
      ...files,
      port: String(cluster.port),
      pw: password,
      socket: cluster.socketDirectory ?? '',
    }).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), template);
  const ours = async (url: string, surroundings: Surroundings): Promise<Verdict> => {
    try {
      return await withConnection(parseDatabaseUrl(url, surroundings), async (client) => {
        const { rows } = await client.query<{ ssl: boolean }>(HOW);
        return rows[0]?.ssl === true ? 'tls' : 'plain';
      });
    } catch {
      return 'refused';
    }
  };
  const psql = async (args: readonly string[], env: Record<string, string>): Promise<Verdict> => {
    try {
      const command = join(cluster.binDirectory, 'psql');
      const said = await runTool({ command, args: ['-XAtw', ...args, '-c', HOW], env });
      return said.trim() === 't' ? 'tls' : 'plain';
    } catch {
      return 'refused';
    }
  };
  /** The verdict of the service, of `psql` with the same URL, and of `psql` as the service starts programs. */
  const verdicts = async (
    template: string,
    { home = directory, ...environment }: Record<string, string> = {},
  ): Promise<Verdict[]> => {
    const url = complete(template);
    const variables = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, complete(value)]));
    const surroundings = { environment: variables, home };
    return [
      await ours(url, surroundings),
      await psql([url], { HOME: home, PGCONNECT_TIMEOUT: '10', ...variables }),
      await psql([], toolEnvironment(parseDatabaseUrl(url, surroundings))),
    ];
  };
  const all = (verdict: string): string[] => [verdict, verdict, verdict];
  const APP = 'postgres://app:{pw}@localhost:{port}';

  it('every mode, with and without a root certificate', async () => {
    const expected: Record<string, readonly [none: Verdict, right: Verdict, wrong: Verdict]> = {
      disable: ['plain', 'plain', 'plain'],
      allow: ['plain', 'plain', 'plain'],
      prefer: ['tls', 'tls', 'plain'],
      require: ['tls', 'tls', 'refused'],
      'verify-ca': ['refused', 'tls', 'refused'],
      'verify-full': ['refused', 'tls', 'refused'],
    };
    for (const [mode, [none, right, wrong]] of Object.entries(expected)) {
      const url = `${APP}/postgres?sslmode=${mode}`;
      expect([mode, await verdicts(url)]).toEqual([mode, all(none)]);
      expect([mode, await verdicts(`${url}&sslrootcert={ours}`)]).toEqual([mode, all(right)]);
      expect([mode, await verdicts(`${url}&sslrootcert={other}`)]).toEqual([mode, all(wrong)]);
    }
  });

  it.each<[string, string, Verdict, Record<string, string>?]>([
    ['TLS only, disable', `${APP}/tls_only?sslmode=disable`, 'refused'],
    ['TLS only, allow', `${APP}/tls_only?sslmode=allow`, 'tls'],
    ['TLS only, nothing said', `${APP}/tls_only`, 'tls'],
    ['no TLS, prefer', `${APP}/plain_only?sslmode=prefer`, 'plain'],
    ['no TLS, require', `${APP}/plain_only?sslmode=require`, 'refused'],
    ['the mode by a variable', `${APP}/postgres`, 'plain', { PGSSLMODE: 'disable' }],
    [
      'another address than the certificate names',
      `postgres://app:{pw}@127.0.0.1:{port}/postgres?sslmode=verify-full&sslrootcert={ours}`,
      'refused',
    ],
    ['the name beside the address', `${APP}/postgres?sslmode=verify-full&sslrootcert={ours}&hostaddr=127.0.0.1`, 'tls'],
    ['a root certificate that is not there', `${APP}/postgres?sslmode=require&sslrootcert=/nonexistent`, 'tls'],
    ['the same, to be verified', `${APP}/postgres?sslmode=verify-ca&sslrootcert=/nonexistent`, 'refused'],
    ['a wrong password', `postgres://app:wrong@localhost:{port}/postgres`, 'refused'],
    ['no password', `postgres://app@localhost:{port}/postgres`, 'refused'],
    ['a socket, whatever the mode', `postgres://app@/postgres?host={socket}&port={port}&sslmode=verify-full`, 'plain'],
    ['channel binding over TLS', `${APP}/postgres?channel_binding=require`, 'tls'],
    ['channel binding without TLS', `${APP}/postgres?channel_binding=require&sslmode=disable`, 'refused'],
    ['channel binding where the server does not authenticate us', `${APP}/by_trust?channel_binding=require`, 'refused'],
    ['no channel binding', `${APP}/postgres?channel_binding=disable`, 'tls'],
    ['an own certificate', `postgres://app@localhost:{port}/by_cert?sslcert={cert}&sslkey={key}`, 'tls'],
    ['no own certificate', `postgres://app@localhost:{port}/by_cert`, 'refused'],
    [
      'an own certificate that names another role',
      `postgres://app@localhost:{port}/by_cert?sslcert={anotherCert}&sslkey={anotherKey}`,
      'refused',
    ],
    [
      'an own certificate of another authority',
      `postgres://app@localhost:{port}/by_cert?sslcert={strangerCert}&sslkey={strangerKey}`,
      'refused',
    ],
    [
      'a certificate without its key',
      `postgres://app@localhost:{port}/by_cert?sslcert={cert}&sslkey=/nonexistent`,
      'refused',
    ],
    [
      'a key that others may read',
      `postgres://app@localhost:{port}/by_cert?sslcert={cert}&sslkey={openKey}`,
      'refused',
    ],
    ['certificate and password', `${APP}/by_both?sslcert={cert}&sslkey={key}`, 'tls'],
    ['the password alone', `${APP}/by_both`, 'refused'],
    ['the second host', `postgres://app:{pw}@localhost:1,localhost:{port}/postgres`, 'tls'],
    ['no host that is there', `postgres://app:{pw}@localhost:1,localhost:2/postgres`, 'refused'],
    [
      'no second host for a wrong password',
      `postgres://app:wrong@localhost:{port},127.0.0.1:{port}/postgres`,
      'refused',
    ],
    ['a host that writes', `${APP}/postgres?target_session_attrs=read-write`, 'tls'],
    ['a primary', `${APP}/postgres?target_session_attrs=primary`, 'tls'],
    ['a host that only reads', `${APP}/postgres?target_session_attrs=read-only`, 'refused'],
    ['a standby', `${APP}/postgres?target_session_attrs=standby`, 'refused'],
    ['a standby if there is one', `${APP}/postgres?target_session_attrs=prefer-standby`, 'tls'],
    [
      'writing, by a role that reads',
      `postgres://reader:{pw}@localhost:{port}/postgres?target_session_attrs=read-write`,
      'refused',
    ],
    [
      'reading, by a role that reads',
      `postgres://reader:{pw}@localhost:{port}/postgres?target_session_attrs=read-only`,
      'tls',
    ],
    ['a setting that the server does not know', `${APP}/postgres?options=-c%20nonsense%3D1`, 'refused'],
    ['a version of TLS', `${APP}/postgres?sslmode=require&ssl_min_protocol_version=TLSv1.3`, 'tls'],
    ['a database that is not there', `${APP}/nowhere`, 'refused'],
  ])('%s', async (...[, url, verdict, environment]) => {
    expect(await verdicts(url, environment)).toEqual(all(verdict));
  });

  it('certificates that are not what they should be', async () => {
    const full = 'sslmode=verify-full&sslrootcert={ours}';
    const byAddress = `postgres://app:{pw}@127.0.0.1:{port}/postgres?${full}`;
    const byName = (host: string): string => `postgres://app:{pw}@${host}:{port}/postgres?hostaddr=127.0.0.1&${full}`;
    await serverShows(shown.wrongHost);
    expect(await verdicts(`${APP}/postgres?${full}`)).toEqual(all('refused'));
    expect(await verdicts(`${APP}/postgres?sslmode=verify-ca&sslrootcert={ours}`)).toEqual(all('tls'));
    await serverShows(shown.expired);
    expect(await verdicts(`${APP}/postgres?sslmode=require&sslrootcert={ours}`)).toEqual(all('refused'));
    expect(await verdicts(`${APP}/postgres?sslmode=require`)).toEqual(all('tls'));
    expect(await verdicts(`${APP}/postgres?sslrootcert={ours}`)).toEqual(all('plain'));
    await serverShows(shown.commonName);
    expect(await verdicts(`${APP}/postgres?${full}`)).toEqual(all('tls'));
    await serverShows(shown.addressOnly);
    expect(await verdicts(byAddress)).toEqual(all('tls'));
    expect(await verdicts(byName('localhost'))).toEqual(all('refused'));
    await serverShows(shown.star);
    expect(await verdicts(byName('db.example'))).toEqual(all('tls'));
    expect(await verdicts(byName('a.db.example'))).toEqual(all('refused'));
    await serverShows(shown.right);
  });

  it('files of the user: certificates, passwords, services', async () => {
    const home = await mkdtemp(join(directory, 'home-'));
    const kept = join(home, '.postgresql');
    await mkdir(kept);
    await copyFile(files['other'] ?? '', join(kept, 'root.crt'));
    expect(await verdicts(`${APP}/postgres?sslmode=require`, { home })).toEqual(all('refused'));
    await copyFile(files['ours'] ?? '', join(kept, 'root.crt'));
    expect(await verdicts(`${APP}/postgres?sslmode=verify-full`, { home })).toEqual(all('tls'));
    await copyFile(files['cert'] ?? '', join(kept, 'postgresql.crt'));
    await copyFile(files['key'] ?? '', join(kept, 'postgresql.key'));
    expect(await verdicts('postgres://app@localhost:{port}/by_cert', { home })).toEqual(all('tls'));

    const passwords = join(home, '.pgpass');
    await writeFile(passwords, complete('localhost:1:*:*:wrong\nlocalhost:*:*:app:{pw}\n'), { mode: 0o600 });
    expect(await verdicts('postgres://app@localhost:{port}/postgres', { home })).toEqual(all('tls'));
    const named = { PGPASSFILE: passwords };
    expect(await verdicts('postgres://app@localhost:{port}/tls_only', named)).toEqual(all('tls'));
    expect(await verdicts('postgres://reader@localhost:{port}/tls_only', named)).toEqual(all('refused'));
    await writeFile(
      join(home, '.pg_service.conf'),
      complete(
        '[other]\nhost=nowhere\n\n[scc]\nhost=localhost\nport={port}\nuser=app\ndbname=tls_only\nsslmode=allow\n',
      ),
    );
    expect(await verdicts('postgres://?service=scc', { home })).toEqual(all('tls'));
    expect(await verdicts('postgres://?service=scc&sslmode=disable', { home })).toEqual(all('refused'));
    await chmod(passwords, 0o644);
    expect(await verdicts('postgres://app@localhost:{port}/postgres', { home })).toEqual(all('refused'));
  });

  it('the authorities of this machine have not signed a private certificate', async () => {
    expect(await ours(complete(`${APP}/postgres?sslrootcert=system`), { environment: {} })).toBe('refused');
  });

  it('its settings hold, ours come after them, and the session has the name that it asks for', async () => {
    const url = complete(`${APP}/postgres?options=-c%20work_mem%3D5MB%20-c%20geqo%3Doff&application_name=nightly`);
    const client = await connect(parseDatabaseUrl(url), { settings: { geqo: 'on' } });
    try {
      const { rows } = await client.query<{ all: string }>(
        `SELECT concat_ws(' ', current_setting('work_mem'), current_setting('geqo'), current_setting('application_name')) AS all`,
      );
      expect(rows[0]?.all).toBe('5MB on nightly');
    } finally {
      await client.end();
    }
  });

  it('connections of the control database go the same way', async () => {
    const control = parseDatabaseUrl(
      complete(`postgres://app:{pw}@localhost:1,localhost:{port}/tls_only?sslmode=verify-full&sslrootcert={ours}`),
    );
    const dataSource = await new DataSource(controlDataSourceOptions(control)).initialize();
    const locks = await LockSession.open(control);
    try {
      expect(await locks.tryLock(lockName.plan, 'exclusive')).toBe(true);
      expect(locks.isLost).toBe(false);
      expect(await dataSource.query(HOW)).toEqual([{ ssl: true }]);
      const { rows } = await withClient(cluster.adminUrl, (admin) =>
        admin.query<{ count: string }>(
          `SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.datname = 'tls_only' AND NOT s.ssl`,
        ),
      );
      expect(rows).toEqual([{ count: '0' }]);
    } finally {
      await locks.close();
      await dataSource.destroy();
    }
  });

  it('doctor says what a server does not let in: connections without TLS, and new databases', async () => {
    const target = async (url: string): Promise<Record<string, string>> => {
      const config = parseConfig({
        BERKUT_DB_URL: complete(url),
        BACKUP_ENCRYPTION_KEY: TEST_KEY,
        BERKUT_AUTH_JWT_SECRET: 'x'.repeat(32),
        BERKUT_BACKUP_MAINTENANCE_DB: url.includes('small') ? 'postgres' : 'tls_only',
      });
      const found = await checkDatabases(config);
      return Object.fromEntries(
        found.map(({ check, state, code, message }) => [check, `${state} ${code ?? ''}: ${message}`]),
      );
    };
    expect(await target(`${APP}/postgres?sslmode=disable`)).toMatchObject({
      target: expect.stringMatching(
        /^problem database.unreachable: the database "tls_only" on localhost:\d+ cannot be reached: the server takes no connection without TLS; sslmode=require or stronger helps \(28000\)$/,
      ) as string,
    });
    expect(await target(`${APP}/postgres?sslmode=verify-full&sslrootcert={other}`)).toMatchObject({
      target: expect.stringMatching(
        /^problem database.unreachable: the database "tls_only" on localhost:\d+ cannot be reached: the certificate of the server is not signed by an authority/,
      ) as string,
    });
    expect(await target('postgres://small:{pw}@localhost:{port}/tls_only')).toMatchObject({
      target: expect.stringMatching(/^ok : PostgreSQL/) as string,
      'new databases': expect.stringMatching(/^problem access.new_database: /) as string,
    });
  });

  it('a backup and its rehearsal, over TLS alone and by the second host', async () => {
    const rest = complete('?sslmode=verify-full&sslrootcert={ours}&channel_binding=require');
    const hosts = complete('postgres://app:{pw}@localhost:1,localhost:{port}');
    const service = await startTestService({
      environment: {
        BERKUT_DB_URL: `${hosts}/tls_only${rest}`,
        BERKUT_BACKUP_CONTROL_DB_URL: `${hosts}/control${rest}`,
        BERKUT_BACKUP_PGDUMP_BIN: join(cluster.binDirectory, 'pg_dump'),
      },
    });
    try {
      const backup = await service.client.backUp();
      expect(backup.status).toBe('success');
      const run = await service.client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run');
      expect(run.status).toBe('success');
    } finally {
      await service.stop();
    }
  });
});
