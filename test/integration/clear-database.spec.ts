import { join } from 'node:path';
import type pg from 'pg';
import { clearDatabase } from '../../src/engine/postgres/database/clear-database';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { warning } from '../../src/engine/findings/finding';
import { replaceProblems, replaceWarnings } from '../../src/engine/postgres/check/replace-problems';
import { runTool } from '../../src/engine/process/run-tool';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { makeEveryObject } from '../support/every-object';

/** Catalogs whose rows are objects; what came with the server has numbers below 16384. */
const CATALOGS = [
  ...['am', 'amop', 'amproc', 'attrdef', 'cast', 'class', 'collation', 'constraint', 'conversion', 'default_acl'],
  ...['event_trigger', 'extension', 'foreign_data_wrapper', 'foreign_server', 'language', 'largeobject_metadata'],
  ...['namespace', 'opclass', 'operator', 'opfamily', 'policy', 'proc', 'publication', 'rewrite', 'statistic_ext'],
  ...['transform', 'trigger', 'ts_config', 'ts_dict', 'ts_parser', 'ts_template', 'type', 'user_mapping'],
];

const dumpOf = async (url: string): Promise<string[]> => {
  const command = join(testCluster().binDirectory, 'pg_dump');
  const sql = await runTool({ command, args: [], env: toolEnvironment(parseDatabaseUrl(url)) });
  return sql.split('\n').filter((line) => !/^\\(un)?restrict /.test(line));
};

/** All rights on what came with the server, and on public. */
const builtInRights = (url: string): Promise<unknown[]> =>
  withClient(url, async (client) => {
    const of = (catalog: string, name: string, acl: string, oid = 'oid') =>
      `SELECT '${catalog}' AS catalog, ${name} AS name, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(${acl}) a) AS acl
         FROM pg_${catalog} WHERE ${acl} IS NOT NULL AND ${oid}::oid < 16384`;
    const { rows } = await client.query<{ acl: string[] }>(
      [
        of('class', 'oid::regclass::text', 'relacl'),
        of('attribute', `attrelid::regclass::text || '.' || attname`, 'attacl', 'attrelid'),
        of('proc', 'oid::regprocedure::text', 'proacl'),
        of('type', 'oid::regtype::text', 'typacl'),
        of('namespace', 'nspname::text', 'nspacl'),
        of('language', 'lanname::text', 'lanacl'),
      ].join(' UNION ALL ') + ' ORDER BY 1, 2',
    );
    const superuser = await superuserOf(client);
    const usual = new RegExp(USUAL.replaceAll('S', superuser));
    // Rights that are written out although they are the usual ones are the same rights.
    return rows.filter(({ acl }) => !usual.test(acl.join()));
  });
/** S stands for the superuser that made the cluster. */
const USUAL = '^(?:=U/S,S=U/S|=X/S,S=X/S|S=[a-zA-Z]+/S)$';

const superuserOf = async (client: pg.Client): Promise<string> => {
  const { rows } = await client.query<{ name: string }>('SELECT rolname::text AS name FROM pg_roles WHERE oid = 10');
  return rows[0]?.name ?? '';
};

const clear = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query('BEGIN');
    await clearDatabase(client);
    await client.query('COMMIT');
  });

describe('a database that is cleared', () => {
  let database: TestDatabase;
  let fresh: TestDatabase;
  beforeEach(async () => {
    fresh = await testCluster().createDatabase();
    database = await testCluster().createDatabase();
  });
  afterEach(async () => {
    await database.drop();
    await fresh.drop();
  });

  it('is as a new one, whatever was in it', async () => {
    await withClient(database.url, makeEveryObject);
    await clear(database.url);
    expect(await dumpOf(database.url)).toEqual(await dumpOf(fresh.url));
    expect(await builtInRights(database.url)).toEqual(await builtInRights(fresh.url));
    await withClient(database.url, async (client) => {
      for (const catalog of CATALOGS) {
        const left = await client.query(`SELECT * FROM pg_${catalog} c WHERE c.oid >= 16384`);
        expect({ catalog, left: left.rows }).toEqual({ catalog, left: [] });
      }
    });
  });

  it('has a schema public and the language plpgsql again where there were none', async () => {
    await withClient(database.url, (client) => client.query('DROP SCHEMA public; DROP EXTENSION plpgsql'));
    await clear(database.url);
    // The dump of an old server shows how public was made, so it is not compared.
    const publicOf = async (url: string): Promise<unknown[]> =>
      withClient(url, async (client) => {
        const { rows } = await client.query<{ owner: string }>(
          `SELECT pg_get_userbyid(nspowner)::text AS owner, obj_description(n.oid, 'pg_namespace') AS comment,
                  a.grantee::int, a.privilege_type, a.is_grantable
             FROM pg_namespace n, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a WHERE nspname = 'public' ORDER BY 3, 4`,
        );
        return rows;
      });
    expect(await publicOf(database.url)).toEqual(await publicOf(fresh.url));
    await withClient(database.url, async (client) => {
      await client.query(`DO 'BEGIN END'`);
      await client.query('CREATE TABLE public.a (x int)');
    });
  });
});

describe('what a role may not clear', () => {
  const role = `clears_${process.pid}`;
  const other = `${role}_other`;
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testCluster().createDatabase();
    await withClient(database.url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'; CREATE ROLE ${other}`);
      await client.query(`ALTER DATABASE ${database.name} OWNER TO ${role}`);
    });
  });
  afterEach(async () => {
    await database.drop();
    await withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE ${role}; DROP ROLE ${other}`));
  });
  const asRole = <T>(work: (client: pg.Client) => Promise<T>) =>
    withClient(testCluster().url(database.name, role, 'pw'), work);

  it('is nothing where all is its own', async () => {
    await asRole(async (client) => {
      await client.query(`CREATE TABLE a (x int); CREATE SCHEMA s; CREATE TABLE s.a (x int); SELECT lo_create(5);
        CREATE EXTENSION citext; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC`);
      expect(await replaceProblems(client)).toEqual([]);
      expect(await replaceWarnings(client)).toEqual([]);
    });
    await clear(testCluster().url(database.name, role, 'pw'));
  });

  it('is named beforehand, whatever it is', async () => {
    await withClient(database.url, async (client) => {
      await client.query(`GRANT CREATE ON SCHEMA public TO ${other}`);
      await client.query(`CREATE SCHEMA theirs AUTHORIZATION ${other}; CREATE CAST (inet AS bytea) WITH INOUT;
        CREATE FOREIGN DATA WRAPPER w; SELECT lo_create(6); CREATE PUBLICATION p;
        ALTER DEFAULT PRIVILEGES FOR ROLE ${other} GRANT ALL ON TABLES TO PUBLIC;
        REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC`);
    });
    await asRole(async (client) => {
      const [found] = await replaceProblems(client);
      expect(found?.code).toBe('target.objects_of_others');
      for (const name of [
        ...['publication p', 'schema theirs', 'foreign data wrapper w', 'cast (pg_catalog.inet AS pg_catalog.bytea)'],
        ...[`large objects of ${await superuserOf(client)}`, `default privileges of ${other}`],
      ])
        expect(found?.names?.['objects']).toContain(name);
      expect(await replaceWarnings(client)).toContainEqual(
        warning('target.rights_stay', { object: expect.stringContaining('pg_sleep') as string }),
      );
    });
    await expect(clear(testCluster().url(database.name, role, 'pw'))).rejects.toMatchObject({ code: '42501' });
  });
});
