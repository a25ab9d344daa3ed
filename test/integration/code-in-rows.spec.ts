import { randomBytes } from 'node:crypto';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { connect } from '../../src/engine/postgres/server/connection';
import { loadScope } from '../../src/engine/postgres/load/scoped-load';
import { replaceContent } from '../../src/engine/postgres/load/replace-content';
import { Archive } from '../../src/engine/postgres/archive/archive';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { findTools } from '../../src/engine/postgres/server/tools';
import { createLoadRole } from '../../src/engine/postgres/load/load-role';
import { removeLeftover } from '../../src/restore/leftovers/remove-leftover';
import { leftRoles } from '../../src/restore/parts/own-leavings';
import { roleOwner } from '../../src/restore/record/journal';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { inPublic } from '../support/in-public';
import { testLoadRole, withCopy } from '../support/copied-database';
import { dumpOf } from '../support/dump-of';
import { itLong } from '../support/form';

const suffix = randomBytes(4).toString('hex');
const owner = `owner_${suffix}`;
const other = `other_${suffix}`;
const powerful = `powerful_${suffix}`;
const service = `service_${suffix}`;
/** A name for the role that loads that is not free. */
const TAKEN = `berkut_load_${suffix}`;
const nothing = (): void => undefined;

/** `who` says under whom a row was written. Everything that a load may stumble over is taken from the owners. */
const SCHEMA = `
  CREATE SCHEMA closed;
  CREATE FUNCTION closed.shout(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN upper(v); END';
  CREATE FUNCTION public.whoami(i int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT current_user::text';
  CREATE FUNCTION public.is_shouted(v text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN v = closed.shout(v); END';
  CREATE TABLE public.of_superuser (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED);
  CREATE TABLE public.of_powerful (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED);
  CREATE TABLE public.of_other (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED);
  CREATE FUNCTION public.is_known(n int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM public.of_other WHERE i = n); END';
  CREATE TABLE public.of_owner (i int CHECK (is_known(i)), v text CHECK (is_shouted(v)), who text GENERATED ALWAYS AS (whoami(i)) STORED);
  CREATE TABLE closed.many (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED);
  CREATE TABLE public.hashed (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED) PARTITION BY HASH (i);
  CREATE TABLE public.hashed_0 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE public.hashed_1 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  CREATE TABLE public.forced (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED);
  ALTER TABLE public.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  ALTER TABLE public.of_powerful OWNER TO ${powerful};
  ALTER TABLE public.of_other OWNER TO ${other};
  ALTER TABLE public.of_owner OWNER TO ${owner};
  ALTER TABLE closed.many OWNER TO ${owner};
  ALTER TABLE public.hashed OWNER TO ${owner};
  ALTER TABLE public.hashed_1 OWNER TO ${other};
  ALTER TABLE public.forced OWNER TO ${other};
  GRANT USAGE ON SCHEMA closed TO ${owner};
  GRANT SELECT ON public.of_other TO ${owner};
  SET ROLE ${other}; INSERT INTO of_other SELECT generate_series(1, 3);
  SET ROLE ${owner}; INSERT INTO of_owner VALUES (1, 'A'), (2, 'B');
  INSERT INTO closed.many SELECT generate_series(1, 3000);
  INSERT INTO hashed SELECT generate_series(1, 10);
  SET ROLE ${powerful}; INSERT INTO of_powerful VALUES (1);
  RESET ROLE; INSERT INTO of_superuser VALUES (1);
  SET row_security = off; INSERT INTO forced VALUES (1);
  REVOKE ALL ON of_other FROM ${other}; REVOKE INSERT ON of_owner FROM ${owner};`;

/** Under whom the rows of each table were written. */
async function writers(url: string): Promise<Record<string, string>> {
  return withClient(url, async (client) => {
    const tables = ['of_superuser', 'of_powerful', 'of_other', 'of_owner', 'closed.many', 'hashed', 'forced'];
    const sql = tables.map((table) => `SELECT DISTINCT '${table}' AS table, who FROM ${table}`).join(' UNION ALL ');
    const { rows } = await client.query<{ table: string; who: string }>(sql);
    expect(rows).toHaveLength(tables.length);
    return Object.fromEntries(rows.map(({ table, who }) => [table, who]));
  });
}

describe('code that runs while rows are loaded', () => {
  const cluster = testCluster();
  const { signal } = new AbortController();
  const superuser = decodeURIComponent(new URL(cluster.adminUrl).username);
  const made: TestDatabase[] = [];
  const underOwners = {
    ...{ of_superuser: superuser, of_powerful: powerful, of_other: other, of_owner: owner, 'closed.many': owner },
    ...{ hashed: owner, forced: other },
  };

  beforeAll(async () => {
    await withClient(cluster.adminUrl, (admin) =>
      admin.query(
        `CREATE ROLE ${owner}; CREATE ROLE ${other}; CREATE ROLE ${powerful} CREATEROLE; CREATE ROLE ${service} LOGIN CREATEDB PASSWORD 'pw'`,
      ),
    );
  });
  afterEach(async () => {
    for (const one of made.splice(0)) await one.drop();
  });
  afterAll(async () => {
    await withClient(cluster.adminUrl, (admin) => admin.query(`DROP ROLE ${owner}, ${other}, ${powerful}, ${service}`));
  });

  async function database(sql: string): Promise<TestDatabase> {
    const created = await cluster.createDatabase();
    made.push(created);
    await withClient(created.url, (client) => client.query(sql));
    return created;
  }

  /** Loads a backup of a database in one transaction into that database. */
  async function inTransaction(
    { url }: TestDatabase,
    reader: BackupReader,
    load: (order: {
      readonly client: Awaited<ReturnType<typeof connect>>;
      readonly archive: Archive;
      readonly tools: Awaited<ReturnType<typeof findTools>>;
      readonly onBytes: () => void;
      readonly onPostData: () => void;
      readonly signal: AbortSignal;
    }) => Promise<unknown>,
  ): Promise<void> {
    const client = await connect(parseDatabaseUrl(url));
    try {
      const tools = await findTools({ serverVersionNum: 150_000 });
      await client.query('BEGIN');
      const archive = new Archive(reader, signal);
      await load({ client, archive, tools, onBytes: nothing, onPostData: nothing, signal });
      const { rows } = await client.query(`SELECT current_user = session_user AS is_own`);
      expect(rows).toEqual([{ is_own: true }]);
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
  }

  it('runs as the owner of the table, in every way, and what was lent for that is gone', async () => {
    const source = await database(SCHEMA);
    const before = await dumpOf(source.url);
    await withCopy(source.url, async ({ url, reader }) => {
      const ofLoad = expect.stringMatching(/^berkut_load_/) as unknown;
      expect(await writers(url)).toEqual({ ...underOwners, of_superuser: ofLoad, of_powerful: ofLoad });
      expect(await dumpOf(url)).toEqual(before);
      await inTransaction(source, reader, async (order) => {
        await replaceContent({ ...order, missingRoles: [], ownership: 'keep' });
      });
    });
    expect(await writers(source.url)).toEqual(underOwners);
    expect(await dumpOf(source.url)).toEqual(before);
  });

  itLong('runs as the owner where that may load rows as things are, when some tables are replaced', async () => {
    const source = await database(SCHEMA);
    await withCopy(source.url, async ({ reader }) => {
      await inTransaction(source, reader, (order) =>
        loadScope({
          ...order,
          scopeTables: inPublic('of_superuser', 'of_powerful', 'of_other', 'of_owner', 'hashed', 'forced'),
        }),
      );
    });
    // Two owners may not insert.
    expect(await writers(source.url)).toEqual({ ...underOwners, of_other: superuser, of_owner: superuser });
  });

  /** Code of `owner` that tries to be more each time a row is loaded, also into a table of the superuser. */
  const ATTACK = `
    CREATE FUNCTION is_fine(i int) RETURNS bool LANGUAGE sql AS 'SELECT true';
    CREATE DOMAIN checked AS int CHECK (is_fine(VALUE));
    CREATE TABLE bait (i int CHECK (is_fine(i)));
    CREATE TABLE of_superuser (i checked);
    INSERT INTO bait VALUES (1); INSERT INTO of_superuser VALUES (1);
    ALTER FUNCTION is_fine OWNER TO ${owner}; ALTER DOMAIN checked OWNER TO ${owner}; ALTER TABLE bait OWNER TO ${owner};
    CREATE OR REPLACE FUNCTION is_fine(i int) RETURNS bool LANGUAGE plpgsql AS $$
      DECLARE first text;
      BEGIN
        FOREACH first IN ARRAY ARRAY['SELECT 1', 'RESET ROLE', 'SET ROLE NONE', 'RESET SESSION AUTHORIZATION', 'SET ROLE ${powerful}',
                                     'SET ROLE "${superuser}"', 'SET SESSION AUTHORIZATION "${superuser}"'] LOOP
          BEGIN
            EXECUTE first; ALTER ROLE ${other} SUPERUSER;
          EXCEPTION WHEN OTHERS THEN NULL;
          END;
          BEGIN
            EXECUTE first; CREATE ROLE planted_${suffix}; DROP ROLE planted_${suffix}; ALTER ROLE ${other} CREATEDB;
          EXCEPTION WHEN OTHERS THEN NULL;
          END;
        END LOOP;
        RETURN true;
      END $$;`;

  /** What code of the data has got for `other`, and the roles that are left of loads. */
  async function gained(): Promise<unknown> {
    return withClient(cluster.adminUrl, async (admin) => {
      const { rows } = await admin.query(
        `SELECT (SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = $1) AS is_more,
                (SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'berkut_load%' AND rolname <> $2) AS left`,
        [other, TAKEN],
      );
      await admin.query(`ALTER ROLE ${other} NOSUPERUSER NOCREATEDB`);
      return rows[0] as unknown;
    });
  }

  it('gets nothing by giving up the role that was taken for it; that it would otherwise is said', async () => {
    const source = await database(ATTACK);
    await withCopy(source.url, async ({ url }) => {
      expect(await gained()).toEqual({ is_more: false, left: 0 });
      expect(await dumpOf(url)).toEqual(await dumpOf(source.url));
      await withClient(cluster.adminUrl, (admin) => admin.query(`CREATE ROLE ${TAKEN}`));
    });
    try {
      const onNotUsed = jest.fn();
      const loadRole = { ...testLoadRole(), name: TAKEN, onNotUsed };
      await withCopy(source.url, async ({ url }) => expect(await dumpOf(url)).toEqual(await dumpOf(source.url)), {
        order: { loadRole },
      });
      expect(onNotUsed).toHaveBeenCalledTimes(1);
      // This is what keeps the test honest: the code does reach what it is after where nothing holds it.
      expect(await gained()).toEqual({ is_more: true, left: 0 });
    } finally {
      await withClient(cluster.adminUrl, (admin) => admin.query(`DROP ROLE ${TAKEN}`));
    }
  });

  it('leaves no role behind when it ends the load', async () => {
    const source = await database(ATTACK);
    await withClient(source.url, (client) =>
      client.query(`CREATE OR REPLACE FUNCTION is_fine(i int) RETURNS bool LANGUAGE sql AS 'SELECT false'`),
    );
    await expect(withCopy(source.url, () => Promise.resolve())).rejects.toMatchObject({ code: '23514' });
    expect(await gained()).toEqual({ is_more: false, left: 0 });
  });

  it('is loaded by a role that is tidied with the database of a run whose process died', async () => {
    const source = await database(ATTACK);
    const mark = roleOwner(7);
    await withClient(source.url, (client) =>
      createLoadRole(client, { name: TAKEN, owner: mark, password: 'secret', areTablesRead: true }),
    );
    const maintenance = parseDatabaseUrl(cluster.adminUrl);
    const remove = async (): Promise<void> => {
      const [item] = leftRoles(7, { kind: 'scratch', phase: 'loading', incoming: source.name, roles: [TAKEN] });
      if (item !== undefined) await removeLeftover(item, maintenance, signal);
    };
    const isThere = async (): Promise<boolean> =>
      withClient(cluster.adminUrl, async (admin) => {
        return (await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [TAKEN])).rowCount === 1;
      });
    // As long as it has rights there.
    await expect(remove()).rejects.toMatchObject({ code: '2BP01' });
    expect(await isThere()).toBe(true);
    await removeLeftover({ kind: 'scratch_database', database: source.name }, maintenance, signal);
    await remove();
    expect(await isThere()).toBe(false);
  });

  itLong.each(['CREATEROLE', 'NOCREATEROLE'])('runs as the owner when a role with %s loads', async (attribute) => {
    const source = await database(`
      CREATE FUNCTION whoami(i int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT current_user::text';
      CREATE FUNCTION session(i int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT session_user::text';
      CREATE TABLE t (i int, who text GENERATED ALWAYS AS (whoami(i)) STORED, session text GENERATED ALWAYS AS (session(i)) STORED);
      INSERT INTO t VALUES (1);
      ALTER FUNCTION whoami OWNER TO ${owner}; ALTER FUNCTION session OWNER TO ${owner}; ALTER TABLE t OWNER TO ${owner}`);
    await withClient(cluster.adminUrl, (admin) =>
      admin.query(
        `ALTER ROLE ${service} ${attribute}; GRANT ${owner} TO ${service}; ALTER DATABASE "${source.name}" OWNER TO ${service}`,
      ),
    );
    const as = cluster.url(source.name, service, 'pw');
    const loaded = await withCopy(
      source.url,
      ({ url }) => withClient(url, async (client) => (await client.query<object>('SELECT who, session FROM t')).rows),
      { as },
    );
    const ofLoad = expect.stringMatching(/^berkut_load_/) as unknown;
    expect(loaded).toEqual([{ who: owner, session: attribute === 'CREATEROLE' ? ofLoad : service }]);
    expect(await gained()).toEqual({ is_more: false, left: 0 });
  });
});
