import { randomBytes } from 'node:crypto';
import { Archive } from '../../src/engine/postgres/archive/archive';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { withCopyStatement } from '../../src/engine/postgres/archive/archive-edit';
import { TocReader } from '../../src/engine/postgres/archive/archive-toc';
import { releaseRoles } from '../../src/engine/postgres/load/placeholder-roles';
import { withoutExtensions } from '../../src/engine/postgres/load/without-extensions';
import { withArchivedRows } from '../support/archived-rows';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { type CopyOptions, withCopy } from '../support/copied-database';
import { tcpProxy } from '../support/tcp-proxy';
import { dumpOf } from '../support/dump-of';

describe('a backup that is loaded', () => {
  const suffix = randomBytes(4).toString('hex');
  const owner = `owner_${suffix}`;
  const service = `service_${suffix}`;
  const asAdmin = (sql: string) => withClient(testCluster().adminUrl, (admin) => admin.query(sql));
  let source: TestDatabase;
  beforeAll(() =>
    asAdmin(`
      CREATE ROLE ${owner} LOGIN PASSWORD 'x'; CREATE ROLE ${service} LOGIN CREATEDB PASSWORD 'x' IN ROLE ${owner}, pg_signal_backend`),
  );
  afterAll(() => asAdmin(`DROP ROLE ${service}, ${owner}`));
  beforeEach(async () => {
    source = await testCluster().createDatabase();
    await asAdmin(`ALTER DATABASE ${source.name} OWNER TO ${owner}`);
  });
  afterEach(() => source.drop());

  const make = (sql: string) => withClient(source.url, (db) => db.query(sql));
  const rowsOf = (url: string, query: string) =>
    withClient(url, async (db) => (await db.query<Record<string, unknown>>(query)).rows);
  /** Copies the database and compares definitions, and the answers to some questions. */
  const expectSame = (queries: readonly string[] = [], options: CopyOptions = {}) =>
    withCopy(
      source.url,
      async ({ url, result }) => {
        expect(await dumpOf(url)).toEqual(await dumpOf(source.url));
        for (const query of queries) expect(await rowsOf(url, query)).toEqual(await rowsOf(source.url, query));
        return result;
      },
      options,
    );

  const HASHED = `
    CREATE TYPE color AS ENUM ('red', 'green', 'blue', 'yellow', 'black', 'white');
    CREATE TABLE p (id int, c color, v text) PARTITION BY HASH (c);
    CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 3, REMAINDER 0);
    CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 3, REMAINDER 1);
    CREATE TABLE p2 PARTITION OF p FOR VALUES WITH (MODULUS 3, REMAINDER 2);
    CREATE TABLE years (y int, c color) PARTITION BY RANGE (y);
    CREATE TABLE "Year's" PARTITION OF years FOR VALUES FROM (0) TO (9) PARTITION BY HASH (c);
    CREATE TABLE y0 PARTITION OF "Year's" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE y1 PARTITION OF "Year's" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO p SELECT i, (enum_range(NULL::color))[1 + i % 6], 'x' || i FROM generate_series(1, 300) i;
    INSERT INTO years SELECT i % 9, (enum_range(NULL::color))[1 + i % 6] FROM generate_series(1, 100) i;
    CREATE INDEX p_v ON p (v)`;
  const HASHED_ROWS = [
    'SELECT id, c, v FROM p ORDER BY 1',
    'SELECT y, c, count(*) FROM years GROUP BY 1, 2 ORDER BY 1, 2',
  ];

  const expectHashed = async ({ url }: { url: string }): Promise<void> => {
    for (const query of HASHED_ROWS) expect(await rowsOf(url, query)).toEqual(await rowsOf(source.url, query));
  };

  it('has rows where the hash of this server says', async () => {
    await make(HASHED);
    await withCopy(source.url, expectHashed, { order: { largeTableBytes: 0 } });
  });

  it('has them there even if the dump puts each into the partition that it had', async () => {
    await make(HASHED);
    // As pg_dump did it before 15.3.
    const reader = (backup: BackupReader): Promise<BackupReader> =>
      withArchivedRows(backup, source.url, { edited: intoPartitions });
    await withCopy(source.url, expectHashed, { reader });
  });

  it('runs functions that name others without their schema, under the path of the database', async () => {
    await asAdmin(`ALTER DATABASE ${source.name} SET search_path = app, public`);
    await make(`
      CREATE SCHEMA app; SET search_path = app, public;
      CREATE FUNCTION inner_f(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) $$;
      CREATE FUNCTION f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN inner_f($1); END $$;
      CREATE DOMAIN loud AS text CHECK (VALUE = f(VALUE));
      CREATE TABLE t (i int PRIMARY KEY, v text CHECK (f(v) <> ''), g text GENERATED ALWAYS AS (f(v)) STORED, d loud);
      CREATE TABLE parts (v text) PARTITION BY LIST (f(v));
      CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('A'); INSERT INTO parts VALUES ('a');
      INSERT INTO t (i, v, d) VALUES (1, 'a', 'B');
      CREATE INDEX t_f ON t (f(v)); CREATE UNIQUE INDEX t_u ON t (f(v), i); COMMENT ON INDEX t_f IS 'loud';
      ALTER TABLE t ADD CONSTRAINT late CHECK (f(v) = 'A') NOT VALID;
      CREATE MATERIALIZED VIEW m AS SELECT f(v) AS v FROM t; CREATE UNIQUE INDEX m_v ON m (v);
      CREATE MATERIALIZED VIEW m2 AS SELECT * FROM m`);
    const { underOwnPath } = await expectSame([
      'SELECT * FROM app.t',
      'SELECT * FROM app.m',
      'SELECT * FROM app.m2',
      'SELECT * FROM app.parts_a',
    ]);
    expect(underOwnPath?.toSorted()).toEqual([
      'index app.t_f',
      'index app.t_u',
      'materialized view data app.m',
      'materialized view data app.m2',
    ]);
  });

  it('has generated columns and partition keys over functions that name others without their schema', async () => {
    await asAdmin(`ALTER DATABASE ${source.name} SET search_path = app, public`);
    await make(`
      CREATE SCHEMA app; SET search_path = app, public;
      CREATE FUNCTION app.plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
      CREATE FUNCTION app.folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT plain(t)';
      CREATE TABLE app.t (n text PRIMARY KEY, g text GENERATED ALWAYS AS (app.folded(n)) STORED);
      CREATE TABLE app.p (n text) PARTITION BY LIST (app.folded(n));
      CREATE TABLE app.p_a PARTITION OF app.p FOR VALUES IN ('a');
      CREATE TABLE app.child (n text REFERENCES app.t, id serial); CREATE VIEW app.v AS SELECT g FROM app.t;
      INSERT INTO t VALUES ('A'); INSERT INTO p VALUES ('A'); INSERT INTO child VALUES ('A')`);
    const { underOwnPath } = await expectSame(['TABLE app.t', 'TABLE app.p_a', 'TABLE app.child', 'TABLE app.v']);
    expect(underOwnPath).toEqual(expect.arrayContaining(['table app.p', 'table app.t']));
  });

  it('has no schema public where there was none', async () => {
    await make('CREATE SCHEMA app; CREATE TABLE app.t AS SELECT 1 AS i; DROP SCHEMA public');
    await expectSame(["SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_toast|^pg_temp' ORDER BY 1"]);
  });

  it('has rows last whose checks look at those of other tables, however far', async () => {
    // By name, each would come before what it looks at.
    await make(`
      CREATE TABLE z_codes (c text PRIMARY KEY); INSERT INTO z_codes VALUES ('a'), ('b');
      CREATE FUNCTION known(code text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN EXISTS (SELECT FROM public.Z_Codes WHERE c = code); END $$;
      CREATE FUNCTION known_too(code text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT public.known(code) $$;
      CREATE DOMAIN code AS text CHECK (public.known_too(VALUE));
      CREATE TABLE m_checked (i int PRIMARY KEY, code text CHECK (public.known(code))); INSERT INTO m_checked VALUES (1, 'a');
      CREATE TABLE m_parent (i int CHECK (public.known('a'))); CREATE TABLE b_child (j int) INHERITS (m_parent); INSERT INTO b_child VALUES (1, 2);
      CREATE TABLE l_domain (code code); INSERT INTO l_domain VALUES ('b');
      CREATE FUNCTION is_checked(n int) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM public.m_checked WHERE i = n) $$;
      CREATE TABLE a_last (n int CHECK (public.is_checked(n)), s serial); CREATE INDEX ON a_last (n); INSERT INTO a_last VALUES (1);
      SELECT lo_from_bytea(0, 'x')`);
    const all = ['SELECT * FROM m_checked', 'SELECT * FROM b_child', 'SELECT * FROM l_domain', 'SELECT * FROM a_last'];
    await expectSame(all, { order: { largeTableBytes: 0 } });
  });

  it('takes no function that the path of the database puts before the one that is meant', async () => {
    await asAdmin(`ALTER DATABASE ${source.name} SET search_path = app, pg_catalog, public`);
    await make(`
      CREATE SCHEMA app; SET search_path = public;
      CREATE FUNCTION app.inner_f(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.upper($1) $$;
      CREATE FUNCTION app.f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN inner_f($1); END $$;
      CREATE FUNCTION app.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'wrong' $$;
      CREATE TABLE t (v text); INSERT INTO t VALUES ('a'); SET search_path = app, pg_catalog;
      CREATE INDEX t_f ON public.t (app.f(v), pg_catalog.lower(v))`);
    await expectSame();
  });

  it('asks no server that a foreign table is on', async () => {
    await make(`
      CREATE EXTENSION postgres_fdw; CREATE SERVER cold FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
      CREATE USER MAPPING FOR PUBLIC SERVER cold OPTIONS (user 'x');
      CREATE TABLE log (i int, y int) PARTITION BY LIST (y); CREATE TABLE log_2024 PARTITION OF log FOR VALUES IN (2024);
      CREATE FOREIGN TABLE log_2020 PARTITION OF log FOR VALUES IN (2020) SERVER cold; INSERT INTO log VALUES (1, 2024);
      CREATE TABLE parent (i int); CREATE TABLE near () INHERITS (parent); CREATE FOREIGN TABLE far () INHERITS (parent) SERVER cold;
      INSERT INTO near VALUES (1)`);
    await withCopy(source.url, async ({ url }) => {
      expect(await dumpOf(url)).toEqual(await dumpOf(source.url));
      expect(
        await rowsOf(url, `SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'public' ORDER BY 1`),
      ).toEqual([{ tablename: 'log_2024' }, { tablename: 'near' }]);
    });
  });

  it('comes with rights that its owner could not be loaded with', async () => {
    await make(`
      ALTER SCHEMA public OWNER TO ${owner}; SET ROLE ${owner};
      CREATE TABLE t (i int PRIMARY KEY, r int REFERENCES t); INSERT INTO t VALUES (1, 1);
      CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
      REVOKE INSERT, UPDATE, DELETE ON t FROM ${owner};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM ${owner};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${service}`);
    await expectSame(['TABLE m', "SELECT relacl::text FROM pg_class WHERE relname IN ('t', 'm') ORDER BY relname"], {
      as: testCluster().url(source.name, service, 'x'),
    });
  });

  it('has multirange types that belong to the owner of their range types, as the superuser and as the role of a service', async () => {
    await make(`
      ALTER SCHEMA public OWNER TO ${owner}; SET ROLE ${owner}; CREATE TYPE "Span's" AS RANGE (subtype = time);
      CREATE TABLE t (s "Span's")`);
    const owners = [`SELECT typname::text, typowner::regrole::text FROM pg_type WHERE oid >= 16384 ORDER BY typname`];
    await expectSame(owners);
    await expectSame(owners, { as: testCluster().url(source.name, service, 'x') });
  });

  it('has its event triggers last, whatever they refuse', async () => {
    await make(`
      CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS TABLE t; GRANT SELECT ON t TO ${owner};
      CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no %', tg_tag; END $$;
      CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no();`);
    await withCopy(source.url, async ({ url }) => {
      expect(await dumpOf(url)).toEqual(await dumpOf(source.url));
      expect(await rowsOf(url, 'TABLE m')).toEqual([{ i: 1 }]);
      await withClient(url, async (db) => {
        await releaseRoles(db, [owner]);
        await expect(db.query('CREATE TABLE u ()')).rejects.toThrow('no CREATE TABLE');
      });
      expect(await rowsOf(url, `SELECT relacl::text AS acl FROM pg_class WHERE relname = 't'`)).not.toEqual([
        { acl: expect.stringContaining(owner) as string },
      ]);
    });
  });

  it('is asked for its schema once and for each part that is loaded, and opens few sessions', async () => {
    await make('CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE MATERIALIZED VIEW m AS TABLE t');
    let reads = 0;
    const counting = (reader: BackupReader): BackupReader => ({
      ...reader,
      readStream: (name, options) => {
        if (name === reader.schemaStream) reads += 1;
        return reader.readStream(name, options);
      },
    });
    const proxy = await tcpProxy(source.url);
    try {
      const as = `${proxy.url}?sslmode=disable`;
      await withCopy(source.url, () => Promise.resolve(), { reader: counting, as });
      // Definitions, keys and views.
      expect(reads).toBe(1 + 3);
      // To make the database, before the definitions, for them, after them, for rows (two streams, and one to see whether the
      // role that loads them is let in), keys and views, to wait for the disk, and to compare; one asks how far a load is that takes long.
      expect(proxy.accepted).toBeLessThanOrEqual(13);
    } finally {
      await proxy.become('closed');
    }
  });

  it('may lack an extension that no other database may have, and all that needs it, rows included', async () => {
    await make(`
      CREATE SCHEMA own; GRANT USAGE ON SCHEMA own TO ${owner}; CREATE TABLE own.job (id serial, t text);
      COMMENT ON TABLE own.job IS 'x'; INSERT INTO own.job (t) VALUES ('nightly'); CREATE VIEW jobs AS SELECT t FROM own.job;
      CREATE EXTENSION hstore; CREATE TABLE options (id serial, h hstore); INSERT INTO options (h) VALUES ('a=>1');
      GRANT SELECT ON options TO ${owner}; COMMENT ON TABLE options IS 'x'; CREATE VIEW shown AS SELECT h FROM options;
      CREATE MATERIALIZED VIEW m AS SELECT h FROM shown;
      CREATE TABLE kept (id serial PRIMARY KEY); INSERT INTO kept DEFAULT VALUES; COMMENT ON TABLE kept IS 'stays'`);
    const { signal } = new AbortController();
    await withCopy(
      source.url,
      async ({ url }) => {
        const there = `SELECT relname FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'v', 'm', 'S') ORDER BY 1`;
        expect(await rowsOf(url, there)).toEqual([{ relname: 'kept' }, { relname: 'kept_id_seq' }]);
        expect(await rowsOf(url, `SELECT id, obj_description('kept'::regclass) AS said FROM kept`)).toEqual([
          { id: 1, said: 'stays' },
        ]);
        expect(await rowsOf(url, `SELECT FROM pg_extension WHERE extname = 'hstore'`)).toEqual([]);
      },
      {
        reader: async (reader) =>
          (await withoutExtensions(new Archive(reader, signal), [{ extension: 'hstore', schema: 'own' }], signal))
            .reader,
      },
    );
  });

  it('may be incomplete when that is asked for, and says what is missing', async () => {
    await make(`
      CREATE TABLE a (i int PRIMARY KEY); CREATE TABLE b (i int REFERENCES a);
      CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
      CREATE INDEX a_f ON a (f(i)); COMMENT ON INDEX a_f IS 'gone'; CREATE INDEX a_i ON a (i);
      CREATE MATERIALIZED VIEW m AS SELECT f(i) FROM a; INSERT INTO a VALUES (1); SET session_replication_role = replica;
      INSERT INTO b VALUES (2);
      CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$`);
    await expect(withCopy(source.url, () => Promise.resolve())).rejects.toMatchObject({ name: 'ToolError' });
    await withCopy(
      source.url,
      async ({ url, result }) => {
        expect(result.incomplete).toEqual(['index public.a_f', 'materialized view data public.m']);
        expect(result.foreignKeys).toEqual(['public.b.b_i_fkey']);
        expect(await rowsOf(url, `SELECT relname FROM pg_class WHERE relname IN ('a_f', 'a_i')`)).toEqual([
          { relname: 'a_i' },
        ]);
      },
      { order: { allowsIncomplete: true } },
    );
  });
});

async function* intoPartitions(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const toc = new TocReader(stream);
  yield (await toc.head()).bytes;
  for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
    const { type, schema, name } = raw.entry;
    yield type === 'TABLE DATA'
      ? withCopyStatement(raw, (sql) => sql.replace(/^COPY \S+/, `COPY ${schema}.${name}`))
      : Buffer.from(raw.bytes);
  }
  yield* toc.rest();
}
