import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { SUPERUSER } from '../../src/embedded/place';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { readerFindings } from '../../src/engine/postgres/check/reader-findings';
import { databaseOids } from '../../src/engine/postgres/database/staging';
import { admitReaders, withdrawReaders } from '../../src/engine/postgres/load/scratch-readers';
import { isSuperuser } from '../../src/engine/postgres/server/superuser';
import { itLong } from '../support/form';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';

const cluster = testCluster();
const stem = `r_${randomBytes(4).toString('hex')}`;
const service = `${stem}_service`;
/** It has to be quoted. */
const reader = `${stem} "Reader"`;
const colleague = `${stem}_colleague`;
const role = `${stem}_readers`;
const owner = 'restore run 7';
const as = (database: string, user: string): string =>
  user === SUPERUSER ? cluster.url(database) : cluster.url(database, user, 'pw');
const admin = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => withClient(cluster.adminUrl, work);
const quoted = pg.escapeIdentifier;

let scratch: TestDatabase;
beforeEach(async () => {
  scratch = await cluster.createDatabase();
  await admin((client) =>
    client.query(`
      CREATE ROLE ${service} LOGIN CREATEROLE CREATEDB PASSWORD 'pw' IN ROLE pg_signal_backend;
      CREATE ROLE ${quoted(reader)} LOGIN PASSWORD 'pw'; CREATE ROLE ${colleague} LOGIN PASSWORD 'pw' IN ROLE ${quoted(reader)};
      ALTER DATABASE ${scratch.name} OWNER TO ${service}; REVOKE CONNECT ON DATABASE ${scratch.name} FROM PUBLIC`),
  );
  await withClient(scratch.url, (client) =>
    client.query(`
      REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO ${service}; SET ROLE ${service};
      CREATE TABLE docs (id int PRIMARY KEY, note text); INSERT INTO docs VALUES (1, 'one');
      CREATE SCHEMA "Other"; CREATE VIEW "Other".seen AS SELECT * FROM public.docs; CREATE SEQUENCE counted;
      CREATE FUNCTION done() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NULL; END'`),
  );
});
afterEach(async () => {
  await scratch.drop();
  await admin(async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT rolname::text AS name FROM pg_roles WHERE starts_with(rolname, $1)',
      [stem],
    );
    if (rows.length > 0) await client.query(`DROP ROLE ${rows.map(({ name }) => quoted(name)).join(', ')}`);
  });
});

const shared = parseDatabaseUrl(cluster.adminUrl);
const findings = (readers: readonly string[], user = service) =>
  withClient(as(scratch.name, user), (client) => readerFindings(client, readers));
const admit = (user: string) =>
  withClient(as(scratch.name, user), (client) => admitReaders(client, { role, owner }, [reader]));
const withdraw = async (user: string): Promise<boolean> => {
  const oid = (await admin((client) => databaseOids(client, [scratch.name]))).get(scratch.name);
  const address = parseDatabaseUrl(as(shared.database, user));
  return withdrawReaders(address, { database: scratch.name, oid }, { role, owner });
};
const read = (user: string, text: string) => withClient(as(scratch.name, user), (client) => client.query(text));

const CHANGES = [
  `INSERT INTO docs VALUES (2, 'two')`,
  'UPDATE docs SET id = 2',
  'DELETE FROM docs',
  'TRUNCATE docs',
  `UPDATE "Other".seen SET note = 'x'`,
  'CREATE TABLE made (id int)',
  'CREATE TEMP TABLE made (id int)',
  'CREATE SCHEMA made',
  `SELECT nextval('counted')`,
  'ALTER TABLE docs ADD more int',
  'LOCK TABLE docs IN EXCLUSIVE MODE',
];

describe.each([service, SUPERUSER])('readers let in by %s', (user) => {
  it('read and cannot write, and nothing is left of their role or sessions afterwards', async () => {
    expect(await findings([reader], user)).toEqual([]);
    await expect(read(reader, 'SELECT')).rejects.toThrow('permission denied for database');
    await admit(user);
    for (const one of [reader, colleague]) {
      await withClient(as(scratch.name, one), async (client) => {
        const { rows } = await client.query('SELECT d.note FROM public.docs d JOIN "Other".seen USING (id)');
        expect(rows).toEqual([{ note: 'one' }]);
        for (const change of CHANGES) {
          await expect(client.query(`BEGIN; ${change}`)).rejects.toThrow(/permission denied|must be owner/);
          await client.query('ROLLBACK');
        }
      });
    }
    const stays = new pg.Client({ connectionString: as(scratch.name, colleague) });
    const isEnded = new Promise<void>((resolve) => stays.on('error', () => resolve()));
    await stays.connect();
    await stays.query('BEGIN; SELECT * FROM docs');
    // Cut short after its first statement, and begun anew.
    await admin((client) => client.query(`REVOKE CONNECT ON DATABASE ${scratch.name} FROM ${role}`));
    expect(await withdraw(user)).toBe(true);
    await isEnded;
    await expect(read(reader, 'SELECT')).rejects.toThrow('permission denied for database');
    const { rows } = await withClient(scratch.url, (client) =>
      client.query<{ left: number }>(
        `SELECT (SELECT count(*) FROM pg_roles WHERE rolname = $1)
              + (SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%readers%')
              + (SELECT count(*) FROM pg_database WHERE datname = current_database() AND datacl::text LIKE '%readers%') AS left`,
        [role],
      ),
    );
    expect(Number(rows[0]?.left)).toBe(0);
    expect(await withdraw(user)).toBe(true);
    // It is dropped as well when the database is gone already.
    await admit(user);
    await scratch.drop();
    expect(await withdraw(user)).toBe(true);
    expect(
      await admin(async (client) => (await client.query(`SELECT FROM pg_roles WHERE rolname = '${role}'`)).rowCount),
    ).toBe(0);
  });
});

describe('what a reader makes that every role may make', () => {
  it('goes when it is let out', async () => {
    const older = await withClient(scratch.url, async (client) => {
      const { rows } = await client.query<{ oid: number }>(`SELECT lo_from_bytea(0, 'of the backup') AS oid`);
      return rows[0]?.oid;
    });
    await admit(SUPERUSER);
    await read(reader, `SELECT lo_from_bytea(0, 'mine')`);
    expect(await withdraw(SUPERUSER)).toBe(true);
    const { rows } = await withClient(scratch.url, (client) => client.query('SELECT oid FROM pg_largeobject_metadata'));
    expect(rows).toEqual([{ oid: older }]);
  });

  it('keeps no more than the name of the role, when it is in another database', async () => {
    await admit(SUPERUSER);
    await withClient(cluster.adminUrl, (client) => client.query(`SET ROLE ${role}; SELECT lo_create(471100)`));
    expect(await withdraw(SUPERUSER)).toBe(false);
    await expect(read(reader, 'SELECT')).rejects.toThrow('permission denied for database');
    await withClient(cluster.adminUrl, (client) => client.query('SELECT lo_unlink(471100)'));
    expect(await withdraw(SUPERUSER)).toBe(true);
  });
});

describe('a reader that is not let in', () => {
  const expectMayWrite = async (statements: string, object: string, as_: string): Promise<void> => {
    await withClient(scratch.url, (client) => client.query(statements));
    const found = await withClient(scratch.url, (client) => readerFindings(client, [reader]));
    expect(found).toMatchObject([
      {
        code: 'reader.may_write',
        severity: 'warning',
        names: { role: reader, as: as_, object: expect.stringContaining(object) as string },
      },
    ]);
  };

  it('may insert, as itself or as another role', async () => {
    await expectMayWrite(`GRANT INSERT ON docs TO ${colleague}`, 'public.docs', colleague);
  });

  itLong.each([
    ['may update a column', `GRANT UPDATE (note) ON docs TO ${colleague}`, 'public.docs', colleague],
    ['may make triggers', `GRANT TRIGGER ON docs TO ${quoted(reader)}`, 'public.docs', reader],
    ['may do what all may', 'GRANT DELETE ON "Other".seen TO PUBLIC', '"Other".seen', reader],
    ['may count on', `GRANT USAGE ON SEQUENCE counted TO ${quoted(reader)}`, 'public.counted', reader],
    ['may make tables', `GRANT CREATE ON SCHEMA public TO ${quoted(reader)}`, 'the schema public', reader],
    ['owns something', `CREATE DOMAIN made AS int; ALTER DOMAIN made OWNER TO ${colleague}`, 'type made', colleague],
    [
      'calls what its owner may do',
      `CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
      'f()',
      reader,
    ],
    [
      'may change a large object',
      `SELECT lo_create(47); GRANT UPDATE ON LARGE OBJECT 47 TO ${colleague}`,
      'large object 47',
      colleague,
    ],
    [
      'may become a role that may',
      `CREATE ROLE ${stem}_other; GRANT TRUNCATE ON docs TO ${stem}_other; GRANT ${stem}_other TO ${colleague}`,
      'public.docs',
      colleague,
    ],
    ['may make slots', `ALTER ROLE ${colleague} REPLICATION`, 'roles or replication slots', colleague],
  ])('%s', async (_, statements, object, who) => {
    await expectMayWrite(statements, object, who);
  });

  it('is not there, is a superuser, inherits nothing, or could stay', async () => {
    expect(await findings(['no such role', SUPERUSER])).toMatchObject([
      { code: 'reader.unknown', names: { role: 'no such role' } },
      { code: 'reader.superuser', names: { role: SUPERUSER } },
    ]);
    await admin((client) => client.query(`REVOKE pg_signal_backend FROM ${service}`));
    expect(await findings([reader])).toMatchObject([{ code: 'reader.may_stay' }]);
    await admin((client) => client.query(`ALTER ROLE ${service} NOCREATEROLE`));
    expect(await findings([reader])).toMatchObject([{ code: 'reader.cannot_make_roles' }]);
    const { isSuper, version } = await admin(async (client) => ({
      isSuper: await isSuperuser(client),
      version: Number(
        (await client.query<{ num: string }>(`SELECT current_setting('server_version_num') AS num`)).rows[0]?.num,
      ),
    }));
    expect(isSuper).toBe(true);
    await admin((client) => client.query(`ALTER ROLE ${quoted(reader)} NOINHERIT`));
    expect(await findings([reader], SUPERUSER)).toMatchObject(
      version < 160_000 ? [{ code: 'reader.inherits_nothing' }] : [],
    );
  });
});
