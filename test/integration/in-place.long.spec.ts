import { join } from 'node:path';
import pg from 'pg';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { runTool } from '../../src/engine/process/run-tool';
import { type TestBackup, withBackup } from '../support/backup-of';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { FOREIGN_PARTITION } from '../support/foreign-partition';
import { makeEveryObject } from '../support/every-object';

/** Line by line in whatever encoding, with rights and settings. */
const dumpOf = async (url: string): Promise<string[]> => {
  const command = join(testCluster().binDirectory, 'pg_dump');
  const sql = await runTool({ command, args: ['--create'], env: toolEnvironment(parseDatabaseUrl(url)) });
  return sql.split('\n').filter((line) => !/^\\(un)?restrict /.test(line));
};

const role = `in_place_${process.pid}`;
const reader = `${role}_reader`;
const admin = (sql: string) => withClient(testCluster().adminUrl, (client) => client.query(sql));

describe('a restore in place', () => {
  let database: TestDatabase;
  beforeAll(() => admin(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'; CREATE ROLE ${reader}`));
  afterAll(() => admin(`DROP ROLE ${role}, ${reader}`));
  beforeEach(async () => {
    database = await testCluster().createDatabase();
  });
  afterEach(() => database.drop());

  const asRole = () => testCluster().url(database.name, role, 'pw');
  const make = (sql: string, url = database.url) =>
    withClient(url, (client) => client.query<Record<string, unknown>>(sql));
  /** Backs up, damages, puts back, and sees that nothing differs. */
  const roundTrip = async (damage: string, url = database.url) => {
    const before = await dumpOf(database.url);
    return withBackup(url, async (backup: TestBackup) => {
      if (damage !== '') await make(damage);
      const replaced = await backup.replaceIn(url);
      expect(await dumpOf(database.url)).toEqual(before);
      return replaced;
    });
  };

  it('gives back a database that holds every class of object, into itself', async () => {
    await withClient(database.url, makeEveryObject);
    await roundTrip('');
  });

  it('gives back rights as they were in the backup, whatever the target gives by default now', async () => {
    await make(`CREATE TABLE salaries (i int PRIMARY KEY); INSERT INTO salaries VALUES (1); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('well'); SELECT lo_create(7)`);
    await roundTrip(`
      ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${reader};
      ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO ${reader}; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
      ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE ${role} GRANT ALL ON TABLES TO ${reader};
      GRANT ALL ON SCHEMA public TO ${reader}; REVOKE USAGE ON SCHEMA public FROM PUBLIC; COMMENT ON SCHEMA public IS 'changed';
      ALTER SCHEMA public OWNER TO ${role}; GRANT SELECT ON salaries TO ${reader}; GRANT SELECT ON LARGE OBJECT 7 TO ${reader};
      REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC; GRANT SELECT ON pg_authid TO ${reader}`);
  });

  it('gives back rights and comment of the schema public, and default privileges, when the backup has some', async () => {
    await make(`REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO ${reader};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${reader}; CREATE TABLE a (x int); CREATE SCHEMA s; CREATE TABLE s.b (x int);
      ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT ALL ON TABLES TO ${reader}; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`);
    await roundTrip('GRANT ALL ON SCHEMA public TO PUBLIC; DROP TABLE a; DROP SCHEMA s CASCADE');
  });

  it('leaves no schema public where the backup has none', async () => {
    await make('CREATE SCHEMA app; CREATE TABLE app.t AS SELECT 1 AS i; DROP SCHEMA public');
    await roundTrip('CREATE SCHEMA public; CREATE TABLE public.new (i int)');
    expect((await make(`SELECT FROM pg_namespace WHERE nspname = 'public'`)).rowCount).toBe(0);
  });

  it('loads the rows of an owner who may not insert', async () => {
    await admin(
      `ALTER DATABASE ${database.name} OWNER TO ${role}; GRANT CREATE ON DATABASE ${database.name} TO ${role}`,
    );
    await make('GRANT CREATE ON SCHEMA public TO PUBLIC');
    await make(
      `CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE u (i int REFERENCES t); INSERT INTO u VALUES (1);
       CREATE MATERIALIZED VIEW v AS SELECT * FROM t; REVOKE INSERT, UPDATE, DELETE ON t, u FROM ${role}`,
      asRole(),
    );
    await roundTrip('TRUNCATE t CASCADE', asRole());
    expect((await make('TABLE v')).rows).toEqual([{ i: 1 }]);
  });

  it('leaves a multirange type with the owner of its range type', async () => {
    const owners = async () =>
      (await make('SELECT typname::text, typowner::regrole::text FROM pg_type WHERE oid >= 16384 ORDER BY typname'))
        .rows;
    await make(`GRANT CREATE ON SCHEMA public TO PUBLIC; SET ROLE ${role}; CREATE TYPE span AS RANGE (subtype = time)`);
    const before = await owners();
    await roundTrip('DROP TYPE span');
    expect(await owners()).toEqual(before);
  });

  it('writes where the database is read-only by default, or strict', async () => {
    const id = pg.escapeIdentifier(database.name);
    await make('CREATE TABLE t (i int[]); INSERT INTO t VALUES (ARRAY[1, NULL])');
    await admin(`
      ALTER DATABASE ${id} SET default_transaction_read_only = on;
      ALTER DATABASE ${id} SET default_transaction_isolation = serializable; ALTER DATABASE ${id} SET array_nulls = off;
      ALTER DATABASE ${id} SET session_replication_role = replica`);
    await roundTrip('SET default_transaction_read_only = off; BEGIN READ WRITE; DROP TABLE t; COMMIT');
  });

  it('of some tables loads those last whose checks look at the others, and asks no foreign server', async () => {
    await make(`CREATE FUNCTION known(code text) RETURNS boolean LANGUAGE plpgsql STABLE
        AS 'BEGIN RETURN EXISTS (SELECT FROM codes WHERE c = code); END';
      CREATE TABLE codes (c text PRIMARY KEY); INSERT INTO codes VALUES ('a'), ('b');
      CREATE TABLE an_early_name (id int PRIMARY KEY, code text CHECK (known(code)));
      INSERT INTO an_early_name VALUES (1, 'a'), (2, 'b')`);
    await make(FOREIGN_PARTITION);
    const before = await dumpOf(database.url);
    await withBackup(database.url, async (backup) => {
      await make(`DELETE FROM an_early_name; DELETE FROM codes; DELETE FROM far_here`);
      expect((await backup.loadInto(database.url, ['an_early_name', 'codes', 'far'])).tables).toBe(3);
    });
    expect(await dumpOf(database.url)).toEqual(before);
  });

  it('puts rows of hash partitions where they belong now', async () => {
    await make(`CREATE TYPE color AS ENUM ('red', 'green', 'blue', 'yellow', 'black', 'white');
      CREATE TABLE p (id int, c color, v text) PARTITION BY RANGE (id); CREATE TABLE p_all PARTITION OF p DEFAULT PARTITION BY HASH (c);
      CREATE TABLE p0 PARTITION OF p_all FOR VALUES WITH (MODULUS 3, REMAINDER 0);
      CREATE TABLE p1 PARTITION OF p_all FOR VALUES WITH (MODULUS 3, REMAINDER 1);
      CREATE TABLE p2 PARTITION OF p_all FOR VALUES WITH (MODULUS 3, REMAINDER 2);
      INSERT INTO p SELECT i, (enum_range(NULL::color))[1 + i % 6], 'x' || i FROM generate_series(1, 600) i`);
    const rows = async () => (await make('SELECT * FROM p ORDER BY id')).rows;
    const before = await rows();
    await withBackup(database.url, async (backup) => {
      // Each time the values get new numbers: that all of them stay in their partitions three times is out of the question.
      for (let time = 0; time < 3; time += 1) await backup.replaceIn(database.url);
    });
    expect(await rows()).toEqual(before);
  });

  it('makes what finds its functions only under the search path of the database', async () => {
    await admin(`ALTER DATABASE ${database.name} SET search_path = app, public`);
    await make(`CREATE SCHEMA app; CREATE FUNCTION app.plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
      CREATE FUNCTION app.folded(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN plain(t); END';
      CREATE TABLE app.t (t text CHECK (folded(t) <> 'x'), g text GENERATED ALWAYS AS (folded(t)) STORED, UNIQUE (t));
      CREATE FUNCTION app.inlined(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT plain(t)';
      CREATE TABLE app.u (t text, g text GENERATED ALWAYS AS (inlined(t)) STORED); INSERT INTO app.u VALUES ('A');
      CREATE TABLE app.p (t text) PARTITION BY LIST (inlined(t)); CREATE TABLE app.p_a PARTITION OF app.p FOR VALUES IN ('a');
      INSERT INTO app.t VALUES ('A'), ('B')`);
    // Newer ones build under a path of their own, with which the application could not have built it either.
    const { rows } = await make(`SELECT current_setting('server_version_num')::int < 170000 AS is_old`);
    const isOld = rows[0]?.['is_old'] === true;
    if (isOld) {
      await make('CREATE INDEX ON app.t (folded(t)); CREATE MATERIALIZED VIEW app.v AS SELECT folded(t) FROM app.t');
    }
    const { leftOut } = await roundTrip('DROP SCHEMA app CASCADE');
    expect(leftOut.underOwnPath).toEqual(
      expect.arrayContaining(['table app.p', 'table app.u', ...(isOld ? ['materialized view data app.v'] : [])]),
    );
    if (isOld) expect((await make('TABLE v')).rows).toEqual([{ folded: 'a' }, { folded: 'b' }]);
  });

  it('makes event triggers last of all, and is not refused by those of the target', async () => {
    await make(`CREATE TABLE a (x int); CREATE INDEX ON a (x); CREATE MATERIALIZED VIEW m AS SELECT * FROM a; GRANT SELECT ON a TO ${reader};
      CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no changes here''; END';
      CREATE EVENT TRIGGER strict ON ddl_command_start EXECUTE FUNCTION refuse(); COMMENT ON EVENT TRIGGER strict IS 'strict'`);
    await roundTrip('');
  });

  it('may be incomplete when that is asked for, and says what is missing', async () => {
    await make(`CREATE TABLE a (i int PRIMARY KEY); CREATE TABLE b (i int REFERENCES a);
      CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
      CREATE INDEX "a
f" ON a (f(i)); COMMENT ON INDEX "a
f" IS 'gone'; CREATE INDEX a_i ON a (i); COMMENT ON INDEX a_i IS 'stays'; GRANT SELECT ON a TO ${reader};
      CREATE MATERIALIZED VIEW m AS SELECT f(i) FROM a; INSERT INTO a VALUES (1); SET session_replication_role = replica;
      INSERT INTO b VALUES (2);
      CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$`);
    await withBackup(database.url, async ({ replaceIn }) => {
      await expect(replaceIn(database.url)).rejects.toMatchObject({ name: 'error' });
      const { leftOut } = await replaceIn(database.url, [], true);
      expect(leftOut.incomplete).toEqual(['index public.a\nf', 'materialized view data public.m']);
      expect(leftOut.foreignKeys).toEqual(['public.b.b_i_fkey']);
      const { rows } =
        await make(`SELECT relname, obj_description(oid) AS said, has_table_privilege('${reader}', 'a', 'SELECT') AS may
        FROM pg_class WHERE relname IN ('a_i', E'a\\nf') ORDER BY 1`);
      expect(rows).toEqual([{ relname: 'a_i', said: 'stays', may: true }]);
    });
  });

  it('ends subscriptions without asking their publishers, and makes those of the backup harmless', async () => {
    const subscribe = (name: string, slot: string) =>
      `CREATE SUBSCRIPTION ${name} CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = ${slot})`;
    await make(`CREATE TABLE a (x int)`);
    await make(subscribe('kept', 'kept_slot'));
    await withBackup(database.url, async (backup) => {
      await make(subscribe('other', 'other_slot'));
      await make('ALTER SUBSCRIPTION other ENABLE');
      expect((await backup.replaceIn(database.url)).abandonedSlots).toEqual(['kept: kept_slot', 'other: other_slot']);
    });
    // The catalog is one for all databases of a server, and neighbours have subscriptions of their own.
    const { rows } = await make(`SELECT subname, subenabled, subslotname FROM pg_subscription
      WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    expect(rows).toEqual([{ subname: 'kept', subenabled: false, subslotname: null }]);
    await make('DROP SUBSCRIPTION kept');
  });

  it.each([
    ['LATIN1', 'süß', 'ü'],
    ['EUC_JP', '顧客', '未定'],
    ['SQL_ASCII', 'süß', 'ü'],
  ])('keeps definitions in %s byte for byte', async (encoding, table, text) => {
    const name = `${database.name}_encoded`;
    await admin(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
    const url = testCluster().url(name);
    try {
      await make(
        `CREATE TABLE "${table}" (id int PRIMARY KEY, t text DEFAULT '${text}'); INSERT INTO "${table}" SELECT i, '${text}' || i FROM generate_series(1, 50) i;
         CREATE INDEX ON "${table}" (t) WHERE t <> '${text}'; COMMENT ON TABLE "${table}" IS '${text}'; CREATE POLICY "${text}" ON "${table}" USING (t <> '${text}');
         CREATE TRIGGER tr BEFORE UPDATE ON "${table}" FOR EACH ROW WHEN (old.t = '${text}') EXECUTE FUNCTION suppress_redundant_updates_trigger();
         CREATE SEQUENCE "${text}"; SELECT setval('"${text}"', 5)`,
        url,
      );
      const before = await dumpOf(url);
      await withBackup(url, async (backup) => {
        await make(`DROP TABLE "${table}"`, url);
        await backup.replaceIn(url);
        expect(await dumpOf(url)).toEqual(before);
        await make(`UPDATE "${table}" SET t = 'x'`, url);
        await backup.loadInto(url, [table]);
        expect(await dumpOf(url)).toEqual(before);
      });
    } finally {
      await admin(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});
