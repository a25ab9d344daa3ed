import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../src/embedded/cluster';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { MissingRightsError } from '../../src/engine/postgres/dump/dump-rights';
import { UnreadableNamesError } from '../../src/engine/postgres/dump/unreadable-names';
import { checkReadable } from '../../src/cli/doctor/doctor-target-rights';
import { sanitize } from '../../src/kernel/errors/sanitize';
import { readSchemaVersion } from '../../src/engine/postgres/server/database-facts';
import { findTools } from '../../src/engine/postgres/server/tools';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { startTestService } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { inPublic } from '../support/in-public';
import { testKey } from '../support/containers';

describe('a backup, and what its role may read', () => {
  const cluster = testCluster();
  const role = `small_${randomBytes(4).toString('hex')}`;
  const other = `other_${randomBytes(4).toString('hex')}`;
  let directory: string;
  let target: TestDatabase;

  beforeAll(async () => {
    await withClient(cluster.adminUrl, (admin) =>
      admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'small'; CREATE ROLE ${other}`),
    );
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-rights-'));
    target = await cluster.createDatabase();
    await withClient(cluster.adminUrl, (admin) => admin.query(`ALTER DATABASE ${target.name} OWNER TO ${role}`));
  });
  afterEach(async () => {
    await target.drop();
    await rm(directory, { recursive: true });
  });
  afterAll(() => withClient(cluster.adminUrl, (admin) => admin.query(`DROP ROLE ${role}; DROP ROLE ${other}`)));

  const asAdmin = (sql: string) => withClient(target.url, (client) => client.query(sql));
  const asRole = (sql: string) => withClient(cluster.url(target.name, role, 'small'), (client) => client.query(sql));
  const backUp = async (url: string, scopeTables?: readonly string[], schemaVersionQuery?: string) =>
    writeBackup({
      target: parseDatabaseUrl(url),
      tools: await findTools({ serverVersionNum: 130_000 }),
      storage: new LocalStorage(directory),
      name: 'one.bscc',
      key: testKey(),
      jobs: 2,
      compressionLevel: 1,
      scope: ['ALL'],
      scopeTables: scopeTables && inPublic(...scopeTables),
      schemaVersionQuery,
      createdAt: new Date(),
      app: { name: 'test', version: '0' },
      entities: [{ key: 'people', table: 'person' }],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  const backUpAsRole = (scopeTables?: readonly string[]) =>
    backUp(cluster.url(target.name, role, 'small'), scopeTables);

  it('is refused where a name is no text, and the names are told', async () => {
    const name = `ascii_${randomBytes(4).toString('hex')}`;
    await withClient(cluster.adminUrl, (admin) =>
      admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'`),
    );
    try {
      await withClient(cluster.url(name), (client) =>
        client.query(
          `CREATE TABLE "größer" (i int);
           DO $$ DECLARE odd text := quote_ident('caf' || convert_from('\\xe9', 'SQL_ASCII')); BEGIN
             EXECUTE 'CREATE TABLE ' || odd || ' (i int)'; EXECUTE 'CREATE SCHEMA ' || odd;
             EXECUTE 'CREATE TABLE t (' || odd || ' int, i int CONSTRAINT ' || odd || ' CHECK (i > 0))';
             EXECUTE 'CREATE FUNCTION ' || odd || '() RETURNS int LANGUAGE sql RETURN 1'; END $$`,
        ),
      );
      const error: unknown = await backUp(cluster.url(name)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UnreadableNamesError);
      expect(sanitize(error).code).toBe('backups.unreadable_names');
      expect(await readdir(directory)).toEqual([]);
      const found = await checkReadable(parseDatabaseUrl(cluster.url(name)));
      expect(found.map(({ code, names }) => [code, names])).toEqual(
        ['schema caf\\351', 'relation caf\\351', 'column caf\\351', 'function caf\\351', 'constraint caf\\351'].map(
          (what) => ['backup.unreadable_name', { object: `the ${what}` }],
        ),
      );
      expect(String(error)).toContain('the constraint caf\\351');
    } finally {
      await withClient(cluster.adminUrl, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  });

  /** The functions are good ones: the application's session finds what they call. `earthdistance` is of this kind. */
  it.each([
    ['in the path of every session', 'public', ''],
    ['in the path of the database', 'tools', `ALTER DATABASE "{database}" SET search_path TO public, tools`],
    ['in no path that we know', 'tools', ''],
  ])('counts rows whose index calls a function with unqualified names %s', async (_, schema, setting) => {
    await asAdmin(`
      CREATE SCHEMA IF NOT EXISTS ${schema};
      CREATE FUNCTION ${schema}.plain(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT lower(t)';
      CREATE FUNCTION public.folded(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
        SET search_path FROM CURRENT AS 'SELECT t';
      SET search_path TO public, ${schema};
      CREATE OR REPLACE FUNCTION public.folded(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT plain(t)';
      CREATE TABLE public.person (name text);
      INSERT INTO public.person SELECT 'Zoë ' || i FROM generate_series(1, 100) i;
      CREATE INDEX ON public.person (public.folded(name));
      CREATE TABLE public.other (i int); INSERT INTO public.other VALUES (1)`);
    if (setting !== '') await asAdmin(setting.replace('{database}', target.name));
    const { index } = await backUp(target.url);
    expect(index.tables.map(({ name, rows }) => [name, rows]).sort()).toEqual([
      ['other', 1],
      ['person', 100],
    ]);
    if (schema === 'public' || setting !== '') expect(index.entity_counts).toEqual({ people: 100 });
  });

  it('names everything that the role may not read, with the statement that helps, and leaves no file', async () => {
    await asRole('CREATE TABLE mine (i int)');
    await asAdmin(`
      CREATE SCHEMA app2; CREATE TABLE app2.theirs (i int); CREATE SEQUENCE app2.numbers;
      CREATE TABLE public."Odd Name" (a int, b int); GRANT SELECT (a) ON public."Odd Name" TO ${role};
      CREATE TABLE public.hidden (i int); GRANT SELECT ON public.hidden TO ${role};
      ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
      SELECT lo_create(4711)`);
    const failure: unknown = await backUpAsRole().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MissingRightsError);
    const missing = failure instanceof MissingRightsError ? failure.unreadable : [];
    expect(missing.map(({ object, remedy }) => `${object}: ${remedy}`).sort()).toEqual([
      `all rows of the table public.hidden (row-level security): ALTER ROLE ${role} BYPASSRLS`,
      `the large object 4711: GRANT SELECT ON LARGE OBJECT 4711 TO ${role}`,
      `the schema app2: GRANT USAGE ON SCHEMA app2 TO ${role}`,
      `the sequence app2.numbers: GRANT SELECT ON SEQUENCE app2.numbers TO ${role}`,
      `the table app2.theirs: GRANT SELECT ON TABLE app2.theirs TO ${role}`,
      `the table public."Odd Name": GRANT SELECT ON TABLE public."Odd Name" TO ${role}`,
    ]);
    expect(await readdir(directory)).toEqual([]);
    // What it says helps: nothing else is needed, and of tables outside of a scope only the definition is read.
    const [ofDefinitions = [], ofRows = []] = [true, false].map((isOfDefinitions) =>
      missing.filter(({ object }) => /^the (?:schema|table|sequence) /.test(object) === isOfDefinitions),
    );
    for (const { remedy } of ofDefinitions) await asAdmin(remedy);
    expect((await backUpAsRole(['mine'])).index.tables).toHaveLength(1);
    await rm(join(directory, 'one.bscc'));
    await expect(backUpAsRole(['hidden'])).rejects.toThrow('ALTER ROLE');
    for (const { remedy } of ofRows) await asAdmin(remedy);
    expect((await backUpAsRole()).index.tables).toHaveLength(4);
    await asAdmin(`DROP SCHEMA app2 CASCADE; DROP TABLE public."Odd Name", public.hidden; SELECT lo_unlink(4711);
                   ALTER ROLE ${role} NOBYPASSRLS`);
  });

  it('asks for the version of the schema under the path of the database, and lets the query change nothing', async () => {
    await asAdmin(`CREATE SCHEMA app; CREATE TABLE app.versions (v int); INSERT INTO app.versions VALUES (7);
                   ALTER DATABASE ${target.name} SET search_path TO app`);
    const ask = (sql: string) => withClient(target.url, (client) => readSchemaVersion(client, sql));
    expect(await ask('SELECT max(v) FROM versions')).toBe(7);
    await expect(ask('DELETE FROM versions RETURNING v')).rejects.toMatchObject({ code: '25006' });
    const { index } = await backUp(target.url, undefined, 'SELECT max(v) FROM versions');
    expect(index.database.schema_version).toBe(7);
  });

  it('reads what comes with extensions only as far as pg_dump does', async () => {
    await asAdmin('CREATE TABLE public.of_extension (i int); ALTER EXTENSION plpgsql ADD TABLE public.of_extension');
    expect((await backUpAsRole()).index.warnings).toBeUndefined();
  });

  it('says what pg_dump leaves out for want of rights, in the manifest and as warnings', async () => {
    await asAdmin(`
      CREATE SUBSCRIPTION "Upstream 1" CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p
        WITH (connect = false, slot_name = NONE, enabled = false);
      CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER away FOREIGN DATA WRAPPER wrapper;
      CREATE USER MAPPING FOR ${other} SERVER away OPTIONS (password 'hunter2');
      CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (password 'hunter2')`);
    const { index } = await backUpAsRole();
    const expected = [
      `options of the user mapping of ${other} for the server away: only that user with USAGE on the server, or a superuser, may read them`,
      'options of the user mapping of public for the server away: only that user with USAGE on the server, or a superuser, may read them',
      'the subscription "Upstream 1": only a superuser may dump it',
    ];
    expect(index.not_included).toEqual(expect.arrayContaining(expected));
    expect(index.warnings).toEqual(expect.arrayContaining(expected.map((text) => `not in this backup: ${text}`)));
    // The program's own words are kept, too.
    expect(index.warnings).toContain(
      'pg_dump: warning: subscriptions not dumped because current user is not a superuser',
    );
    expect(JSON.stringify(index)).not.toContain('hunter2');
    const whole = await (async () => {
      await rm(join(directory, 'one.bscc'));
      return backUp(target.url);
    })();
    expect(whole.index.warnings).toBeUndefined();
    await asAdmin('DROP SUBSCRIPTION "Upstream 1"');
  });

  it('backs up a standby without the rows of unlogged tables, says so, and restores nothing to it', async () => {
    const place = await mkdtemp(join(tmpdir(), 'berkut-standby-'));
    const primary = await startCluster({ directory: place });
    await withClient(primary.adminUrl, (client) => client.query('CREATE DATABASE app'));
    await withClient(primary.url('app'), (client) =>
      client.query(`
        CREATE TABLE kept (i int); INSERT INTO kept VALUES (1);
        CREATE UNLOGGED TABLE lost (i int); INSERT INTO lost VALUES (1)`),
    );
    await primary.stop();
    await writeFile(join(place, 'data', 'standby.signal'), '');
    const standby = await startCluster({ directory: place });
    try {
      const { index } = await backUp(standby.url('app'));
      expect(index.tables).toMatchObject([{ name: 'kept', rows: 1 }]);
      expect(index.not_included).toContain('rows of the unlogged table public.lost: a standby does not have them');
      const service = await startTestService({ environment: { BERKUT_DB_URL: standby.url('app') } });
      try {
        const { id, status } = await service.client.backUp();
        expect(status).toBe('success');
        const run = await service.client.restore(id);
        expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
        expect(run.steps.find((step) => step.status === 'failed')).toMatchObject({
          name: 'compatibility_check',
          details: { findings: [expect.objectContaining({ code: 'server.standby', severity: 'problem' })] },
        });
        expect((await service.client.get('/backups')).status).toBe(200);
      } finally {
        await service.stop();
      }
    } finally {
      await standby.stop();
      await rm(place, { recursive: true });
    }
  });
});
