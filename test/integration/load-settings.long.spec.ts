import { randomBytes } from 'node:crypto';
import { withConnection } from '../../src/engine/postgres/server/connection';
import { Archive } from '../../src/engine/postgres/archive/archive';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { backupSettings } from '../../src/engine/postgres/load/backup-settings';
import { readDumpSettings, readLoadSettings } from '../../src/engine/postgres/load/load-settings';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { withCopy } from '../support/copied-database';
import { dumpOf } from '../support/dump-of';

const settingsFor = (url: string, reader: BackupReader) => {
  const { signal } = new AbortController();
  return withConnection(parseDatabaseUrl(url), (client) => backupSettings(client, new Archive(reader, signal)));
};

describe('settings while a backup is loaded', () => {
  const suffix = randomBytes(4).toString('hex');
  const [owner, service, plain] = [`owner_${suffix}`, `service_${suffix}`, `plain_${suffix}`];
  const asAdmin = (sql: string) => withClient(testCluster().adminUrl, (admin) => admin.query(sql));
  let source: TestDatabase;
  beforeAll(() =>
    asAdmin(`
      CREATE ROLE ${owner} LOGIN PASSWORD 'x'; CREATE ROLE ${plain} LOGIN PASSWORD 'x';
      CREATE ROLE ${service} LOGIN CREATEDB PASSWORD 'x' IN ROLE ${owner}, pg_signal_backend`),
  );
  afterAll(() => asAdmin(`DROP ROLE ${service}, ${owner}, ${plain}`));
  beforeEach(async () => {
    source = await testCluster().createDatabase();
    await asAdmin(`ALTER DATABASE ${source.name} OWNER TO ${owner}`);
  });
  afterEach(async () => {
    await source.drop();
    await asAdmin(`ALTER ROLE ${service} RESET ALL; ALTER ROLE ${owner} RESET ALL`);
  });

  const asService = () => testCluster().url(source.name, service, 'x');
  const settings = (url = asService()) => withConnection(parseDatabaseUrl(url), (client) => readLoadSettings(client));
  const make = (sql: string) => withClient(source.url, (db) => db.query(sql));
  const rowsOf = (url: string, query: string) =>
    withClient(url, async (db) => {
      await db.query('SET ROLE none');
      return (await db.query<Record<string, unknown>>(query)).rows;
    });

  it('are those of the database, from the first row on', async () => {
    await asAdmin(`
      ALTER DATABASE ${source.name} SET app.tenant = 'acme corp'; ALTER DATABASE ${source.name} SET search_path = app, public;
      ALTER DATABASE ${source.name} SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE ${source.name} SET default_text_search_config = 'german'`);
    await make(`
      CREATE SCHEMA app;
      CREATE TABLE app.t (i int PRIMARY KEY, tenant text CHECK (tenant = current_setting('app.tenant')),
                          at timestamptz CHECK (at::date = '2024-01-02'));
      INSERT INTO app.t VALUES (1, 'acme corp', '2024-01-02 00:30:00');
      CREATE MATERIALIZED VIEW app.m AS
        SELECT at::timestamp AS local, to_tsvector('Häuser') AS words FROM app.t WHERE tenant = current_setting('app.tenant')`);
    const view = 'SELECT local::text, words::text FROM app.m';
    await withCopy(source.url, async ({ url }) => {
      expect(await dumpOf(url)).toEqual(await dumpOf(source.url));
      expect(await rowsOf(url, view)).toEqual(await rowsOf(source.url, view));
      expect(await rowsOf(url, view)).toHaveLength(1);
    });
  });

  it('are the owner’s, too, and not those of the role that loads', async () => {
    await asAdmin(`
      ALTER DATABASE ${source.name} SET app.tenant = 'acme'; ALTER ROLE ${owner} IN DATABASE ${source.name} SET app.region = 'north';
      ALTER ROLE ${owner} SET app.zone = 'a'; ALTER ROLE ${service} SET app.tenant = 'another'; ALTER ROLE ${service} SET search_path = 'nowhere'`);
    await make(`
      CREATE SCHEMA ${owner} AUTHORIZATION ${owner};
      CREATE FUNCTION ${owner}.region() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.region') $$;
      CREATE FUNCTION checked(text) RETURNS bool LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN $1 = region() || current_setting('app.tenant') || current_setting('app.zone'); END $$;
      ALTER FUNCTION ${owner}.region() OWNER TO ${owner}; ALTER FUNCTION checked OWNER TO ${owner};
      SET search_path = ${owner}, public; SET app.region = 'north'; SET app.zone = 'a'; SET app.tenant = 'acme';
      CREATE TABLE public.t (v text CHECK (checked(v))); INSERT INTO t VALUES ('northacmea'); ALTER TABLE t OWNER TO ${owner}`);
    expect(await settings()).toEqual({
      ...{ 'app.region': 'north', 'app.zone': 'a', 'app.tenant': 'acme' },
      search_path: `"${owner}", "public"`,
    });
    await withCopy(
      source.url,
      async ({ url }) => expect(await rowsOf(url, 'SELECT v FROM public.t')).toEqual([{ v: 'northacmea' }]),
      { as: asService() },
    );
  });

  it('hold where the role may not give them to the new database: one that the server does not know', async () => {
    await asAdmin(
      `ALTER DATABASE ${source.name} SET app.tenant = 'acme'; ALTER DATABASE ${source.name} SET work_mem = '9MB'`,
    );
    const staging = await testCluster().createDatabase();
    const address = parseDatabaseUrl(testCluster().url(staging.name, service, 'x'));
    await expect(withConnection(address, (client) => readLoadSettings(client, source.name))).resolves.toEqual({
      'app.tenant': 'acme',
    });
    await staging.drop();
  });

  it('are those of the backup where the database has lost them', async () => {
    await asAdmin(
      `ALTER DATABASE ${source.name} SET app.tenant = 'acme'; ALTER DATABASE ${source.name} SET app.region = 'north'`,
    );
    await make(`
      CREATE TABLE t (i int PRIMARY KEY, tenant text CHECK (tenant = current_setting('app.tenant')));
      INSERT INTO t VALUES (1, 'acme'); CREATE MATERIALIZED VIEW m AS SELECT current_setting('app.region') AS region`);
    const forget = async (reader: BackupReader): Promise<BackupReader> => {
      await asAdmin(`ALTER DATABASE ${source.name} RESET ALL; ALTER DATABASE ${source.name} SET app.region = 'south'`);
      return reader;
    };
    await withCopy(
      source.url,
      async ({ url }) => {
        expect(await rowsOf(url, 'SELECT i FROM t')).toEqual([{ i: 1 }]);
        // One that the database has counts.
        expect(await rowsOf(url, 'TABLE m')).toEqual([{ region: 'south' }]);
      },
      { reader: forget },
    );
  });

  it('read amounts as they were written, or refuse where the server cannot', async () => {
    await asAdmin(`ALTER DATABASE ${source.name} SET lc_monetary = 'POSIX'`);
    await make('CREATE TABLE t (i int)');
    const { index } = await withCopy(source.url, ({ reader }) => Promise.resolve(reader));
    expect(index.database.lc_monetary).toBe('POSIX');
    for (const [column, isRefused] of [
      ['price money', true],
      [`"Sum's" money[]`, true],
      ['money int', false],
    ] as const) {
      await make(`DROP TABLE t; CREATE TABLE t (${column})`);
      await withCopy(source.url, async ({ url, reader }) => {
        await asAdmin(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET lc_monetary = 'C'`);
        expect(await settingsFor(url, reader)).toMatchObject({ always: { lc_monetary: 'POSIX' } });
        const database = { ...reader.index.database, lc_monetary: 'xx_YY' };
        const elsewhere: BackupReader = {
          ...reader,
          index: { ...reader.index, database },
          readStream: (name, options) => reader.readStream(name, options),
        };
        const found = settingsFor(url, elsewhere);
        if (isRefused) await expect(found).rejects.toMatchObject({ fault: 'incompatible_version' });
        else await expect(found).resolves.toMatchObject({ always: {} });
      });
    }
  });

  it('do not hinder the load: read only, limits of time, another role, NULL that is a word', async () => {
    await make(`
      CREATE TABLE t (i int PRIMARY KEY, a int[], r int REFERENCES t); INSERT INTO t VALUES (1, '{1,NULL}', 1);
      CREATE TABLE u (a text[]); INSERT INTO u VALUES ('{a,NULL,"NULL"}'); GRANT ALL ON SCHEMA public TO ${plain}`);
    const name = source.name;
    await asAdmin(
      [
        ...['default_transaction_read_only = on', 'array_nulls = off', 'default_transaction_isolation = serializable'],
        ...['lock_timeout = 1', 'idle_in_transaction_session_timeout = 1', `role = ${plain}`],
        'session_replication_role = replica',
      ]
        .map((setting) => `ALTER DATABASE ${name} SET ${setting}`)
        .join('; '),
    );
    await withCopy(source.url, async ({ url }) => {
      expect(await rowsOf(url, 'SELECT a::text FROM u')).toEqual([{ a: '{a,NULL,"NULL"}' }]);
      expect(await rowsOf(url, 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    });
  });

  it('turn off for a dump what would end it, and leave all else as its definitions are read', async () => {
    const dumped = () => withConnection(parseDatabaseUrl(source.url), readDumpSettings);
    expect(await dumped()).toEqual({});
    await asAdmin(
      [
        'statement_timeout = 1',
        'idle_in_transaction_session_timeout = 1',
        "TimeZone = 'Asia/Tokyo'",
        'array_nulls = off',
      ]
        .map((setting) => `ALTER DATABASE ${source.name} SET ${setting}`)
        .join('; '),
    );
    expect(await dumped()).toEqual({ statement_timeout: '0', idle_in_transaction_session_timeout: '0' });
  });

  it('are none where nothing is in the way: a proxy may let in no session that brings any', async () => {
    await asAdmin(
      `ALTER DATABASE ${source.name} SET work_mem = '10240kB'; ALTER DATABASE ${source.name} SET app.x = 'y'`,
    );
    expect(await settings(source.url)).toEqual({});
    expect(await settings()).toEqual({});
    await make('CREATE TABLE t (price money)');
    await withCopy(source.url, async ({ url, reader }) => {
      const ofBackup = settingsFor(url, reader);
      await expect(ofBackup).resolves.toEqual({ whereMissing: {}, always: {} });
    });
  });

  it('leave a role to a service that can do nothing without it', async () => {
    await asAdmin(`ALTER ROLE ${service} SET role = ${owner}`);
    expect(await settings()).toEqual({ role: 'none' });
    await asAdmin(`ALTER ROLE ${service} NOINHERIT`);
    try {
      expect(await settings()).toEqual({});
    } finally {
      await asAdmin(`ALTER ROLE ${service} INHERIT`);
    }
  });

  it('let only the service into the database meanwhile', () =>
    withCopy(
      source.url,
      async ({ url }) => {
        const name = new URL(url).pathname.slice(1);
        const as = (role: string) => withClient(testCluster().url(name, role, 'x'), (db) => db.query('SELECT'));
        await expect(as(plain)).rejects.toMatchObject({ code: '42501' });
        await expect(as(owner)).rejects.toMatchObject({ code: '42501' });
        await as(service);
      },
      { as: asService() },
    ));
});
