import { randomBytes } from 'node:crypto';
import { DatabaseError } from 'pg';
import { archiveContents } from '../../src/engine/postgres/archive/archive';
import { copies } from '../../src/engine/bytes/borrowed';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { type Finding, problem } from '../../src/engine/findings/finding';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { rightsToLoad } from '../../src/engine/postgres/check/rights-to-load';
import { archiveEntries } from '../../src/engine/postgres/archive/archive-toc';
import type { SchemaFacts } from '../../src/engine/postgres/archive/schema-facts';
import { routineSettings, superuserNeed } from '../../src/engine/postgres/archive/superuser-entries';
import { findTools } from '../../src/engine/postgres/server/tools';
import { toolOutput } from '../../src/engine/process/run-tool';
import { collect } from '../support/containers';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';

const suffix = randomBytes(4).toString('hex');
const role = `loads_${suffix}`;
const other = `other_${suffix}`;

/** Objects that only a superuser may make, the messages about them, and similar objects that any role may make. */
const OF_SUPERUSERS: readonly (readonly [sql: string, found: readonly string[]])[] = [
  [
    `CREATE FUNCTION leak(text DEFAULT 'a
    LANGUAGE c LEAKPROOF') RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT 1'`,
    ['public.leak(text), a function that is said to be leakproof'],
  ],
  [
    `CREATE FUNCTION harmless(text DEFAULT 'a
    LANGUAGE c LEAKPROOF
    SET log_statement TO ''none''') RETURNS int LANGUAGE sql SET search_path TO '' SET work_mem TO '4MB' AS 'SELECT 1 /*
    LANGUAGE c LEAKPROOF */'`,
    [],
  ],
  [
    `CREATE PROCEDURE quiet() LANGUAGE sql SET search_path TO 'public' SET log_min_messages TO 'panic' AS 'SELECT 1'`,
    ['public.quiet(), a function that sets log_min_messages'],
  ],
  [
    `CREATE FUNCTION lowered(text) RETURNS text LANGUAGE internal STRICT IMMUTABLE AS 'lower'`,
    ['public.lowered(text), a function in the language internal'],
  ],
  [
    `CREATE FUNCTION handled() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
     CREATE LANGUAGE own HANDLER handled`,
    ['public.handled(), a function in the language c', 'the procedural language own'],
  ],
  ['CREATE OPERATOR FAMILY fam USING btree', ['the operator family public.fam']],
  [
    `CREATE OPERATOR CLASS cls FOR TYPE int4 USING btree FAMILY fam AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
       OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4)`,
    ['the operator class public.cls'],
  ],
  ['CREATE ACCESS METHOD am TYPE TABLE HANDLER heap_tableam_handler', ['the access method am']],
  ['CREATE TYPE hollow', ['public.hollow, a base type']],
  ['CREATE FOREIGN DATA WRAPPER wrap', ['the foreign data wrapper wrap']],
  [
    'CREATE TEXT SEARCH TEMPLATE tmpl (INIT = dsimple_init, LEXIZE = dsimple_lexize)',
    ['the text search template public.tmpl'],
  ],
  [
    `CREATE TEXT SEARCH PARSER prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)`,
    ['the text search parser public.prs'],
  ],
  [
    `CREATE TYPE mine AS ENUM ('a'); CREATE DOMAIN amount AS int; CREATE TYPE pair AS (a int, b int);
     CREATE CAST (pair AS text) WITH INOUT`,
    [],
  ],
  [
    'CREATE AGGREGATE avg2(int8) (SFUNC = int8_avg_accum, STYPE = internal, FINALFUNC = numeric_poly_avg)',
    ['the aggregate public.avg2(bigint), which keeps its state in the type internal'],
  ],
  ['CREATE PUBLICATION everything FOR ALL TABLES', ['everything, a publication of all tables']],
  [
    `CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON sql_drop EXECUTE FUNCTION watch()`,
    ['the event trigger et'],
  ],
];

describe('what a role needs to load a backup', () => {
  let database: TestDatabase;
  let empty: TestDatabase;
  let facts: SchemaFacts;
  let archive: Buffer;

  const asRole = (url: string) => {
    const address = new URL(url);
    address.username = role;
    address.password = 'pw';
    return address.href;
  };

  beforeAll(async () => {
    await withClient(testCluster().adminUrl, (admin) =>
      admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'; CREATE ROLE ${other}`),
    );
    database = await testCluster().createDatabase();
    empty = await testCluster().createDatabase();
    await withClient(testCluster().adminUrl, (admin) => admin.query(`ALTER DATABASE ${empty.name} OWNER TO ${role}`));
    await withClient(database.url, async (client) => {
      for (const [sql] of OF_SUPERUSERS) {
        await client.query(sql);
      }
      await client.query(`
        CREATE CAST (xid AS oid) WITHOUT FUNCTION;
        CREATE SUBSCRIPTION follows CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false);
        CREATE TABLE shared (i int);
        GRANT SELECT ON shared TO ${other} WITH GRANT OPTION; SET ROLE ${other}; GRANT SELECT ON shared TO ${role}; RESET ROLE;
        ALTER DEFAULT PRIVILEGES FOR ROLE ${other} GRANT SELECT ON TABLES TO ${role}`);
    });
    const tools = await findTools({ serverVersionNum: 130_000 });
    const dump = toolOutput({
      command: tools.pgDump,
      args: ['-Fc', '--schema-only'],
      env: toolEnvironment(parseDatabaseUrl(database.url)),
    });
    archive = await collect(copies(dump));
    ({ facts } = await archiveContents(() => inPieces(archive)));
  });
  afterAll(async () => {
    await withClient(database.url, (client) =>
      client.query(
        'ALTER SUBSCRIPTION follows DISABLE; ALTER SUBSCRIPTION follows SET (slot_name = NONE); DROP SUBSCRIPTION follows',
      ),
    );
    await database.drop();
    await empty.drop();
    await withClient(testCluster().adminUrl, (admin) => admin.query(`DROP ROLE ${role}; DROP ROLE ${other}`));
  });

  it('is named, every piece of it, and nothing that any role may make', async () => {
    const problems = await withClient(asRole(empty.url), (client) => rightsToLoad(client, facts, true));
    const expected = [
      ...OF_SUPERUSERS.flatMap(([, found]) => found.map(ofSuperuser)),
      ofSuperuser('CAST (xid AS oid), a cast without a function'),
      ofSuperuser('the rights on public.TABLE shared that another role than the owner has granted'),
      problem('role.default_privileges', { role: other }),
      problem('subscription.not_allowed', { subscription: 'follows' }),
      problem('role.not_a_member', { role: 'berkut' }),
    ];
    expect(problems).toEqual(expect.arrayContaining(expected));
    expect(problems).toHaveLength(expected.length);
    expect(await withClient(database.url, (client) => rightsToLoad(client, facts, true))).toEqual([]);
  });

  it('is what the server refuses indeed, and nothing else', async () => {
    const wrong: string[] = [];
    await withClient(asRole(empty.url), async (client) => {
      for await (const entry of archiveEntries(inPieces(archive))) {
        const answer = await client.query(entry.sql).then(
          () => 'done',
          (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
        );
        const isOurs =
          superuserNeed(entry) !== undefined ||
          routineSettings(entry).some(({ setting }) => setting.startsWith('log_'));
        const isOthers = ['DATABASE', 'SUBSCRIPTION', 'DEFAULT ACL'].includes(entry.type);
        if (isOurs && answer === 'done') wrong.push(`${entry.type} ${entry.name} is not refused`);
        if (!isOurs && !isOthers && answer === '42501') wrong.push(`${entry.type} ${entry.name} is refused`);
      }
    });
    expect(wrong).toEqual([]);
  });
});

function ofSuperuser(object: string): Finding {
  const [, routine, setting] = /^(.*), a function that sets (.*)$/.exec(object) ?? [];
  if (routine === undefined || setting === undefined) return problem('object.superuser_only', { object });
  return problem('function.setting', { function: routine, setting });
}

async function* inPieces(archive: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(archive);
}
