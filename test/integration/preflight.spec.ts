import { writeFile } from 'node:fs/promises';
import pg from 'pg';
import { copies } from '../../src/engine/bytes/borrowed';
import { problem, warning } from '../../src/engine/findings/finding';
import { archiveContents } from '../../src/engine/postgres/archive/archive';
import type { BackupIndex } from '../../src/engine/container/read/backup-reader';
import { withDatabase } from '../../src/engine/address/database-address';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { codeWarnings, codeWarningsOf } from '../../src/engine/postgres/check/code-warnings';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { connect, TIME_LIMITS } from '../../src/engine/postgres/server/connection';
import { boundExtensionProblems, boundExtensions } from '../../src/engine/postgres/check/bound-extensions';
import { freeServerBytes } from '../../src/engine/postgres/server/free-space';
import { sharesSessions } from '../../src/engine/postgres/server/pooling';
import { hasNoTls } from '../../src/engine/postgres/server/tls-refusals';
import {
  connectionWarnings,
  maintenanceProblems,
  newDatabaseProblems,
} from '../../src/engine/postgres/check/new-database-access';
import { checkCompatibility } from '../../src/engine/postgres/check/preflight';
import { replaceProblems } from '../../src/engine/postgres/check/replace-problems';
import { serverWarnings } from '../../src/engine/postgres/check/restore-rights';
import type { SchemaFacts } from '../../src/engine/postgres/archive/schema-facts';
import { readServerFacts } from '../../src/engine/postgres/check/server-facts';
import { wholeTargetFindings } from '../../src/engine/postgres/check/whole-target';
import { findTools } from '../../src/engine/postgres/server/tools';
import { eventTriggerProblems } from '../../src/engine/postgres/check/event-trigger-problems';
import { slotWarnings } from '../../src/engine/postgres/check/slot-warnings';
import { toolOutput } from '../../src/engine/process/run-tool';
import { testCluster, throwawayCluster, withClient } from '../support/cluster';
import { testManifest } from '../support/containers';
import { eventually } from '../support/eventually';
import { itLong } from '../support/form';

const NO_FACTS: SchemaFacts = {
  serverMajor: 0,
  dumpMajor: 0,
  owners: new Set(),
  roles: new Set(),
  superuserOwners: new Set(),
  subscriptions: [],
  extensions: [],
  bareLanguages: [],
  eventTriggers: [],
  ofSuperusers: [],
  routineSettings: [],
  defaultGranters: new Set(),
  tablespaces: new Set(),
  foreignKeys: [],
  policies: [],
  userMappings: [],
  columns: new Map(),
  unvalidated: new Set(),
  code: [],
};

/** A stream of rows, as far as the check looks at it. */
const rows = (plainSize: number): BackupIndex['streams'][number] => ({
  id: 0,
  name: 'data/0',
  kind: 'data',
  compression: 'none',
  plain_size: plainSize,
  plain_sha256: '',
  stored_size: plainSize,
  segments: 1,
  frame_offsets: '',
});

describe('the check before a restore', () => {
  const check = async (changes: {
    freeBytes?: number;
    sharesSessions?: boolean;
    extension?: string;
    language?: string;
    versionNum?: number;
  }) => {
    const database = await testCluster().createDatabase();
    const admin = await connect(parseDatabaseUrl(testCluster().adminUrl));
    const targetClient = await connect(parseDatabaseUrl(database.url));
    const manifest = testManifest();
    try {
      return await checkCompatibility({
        admin,
        targetClient,
        targetName: database.name,
        index: {
          format: 2,
          ...manifest,
          database: { ...manifest.database, size_bytes: 5_000_000, server_version_num: changes.versionNum ?? 130_000 },
          streams: [rows(3_000_000)],
        },
        origin: {
          extensions: changes.extension === undefined ? [] : [changes.extension],
          serverVersion: manifest.database.server_version,
          encoding: manifest.database.encoding,
        },
        facts: { ...NO_FACTS, bareLanguages: changes.language === undefined ? [] : [changes.language] },
        roles: [],
        scopeTables: undefined,
        dumpedTables: [],
        isOnline: false,
        isToBeKept: false,
        isRehearsal: false,
        isDryRun: false,
        server: await readServerFacts(admin, database.name),
        ways: [
          {
            name: 'swap',
            makesDatabase: true,
            loadsDefinitions: true,
            findings: (question) => wholeTargetFindings(question, 'exchanged'),
          },
        ],
        tools: await findTools({ serverVersionNum: 130_000 }),
        freeBytes: changes.freeBytes,
        sharesSessions: changes.sharesSessions ?? false,
        jobs: 2,
        newDatabaseProblems: [],
      });
    } finally {
      await targetClient.end();
      await admin.end();
      await database.drop();
    }
  };

  it('finds nothing wrong with a server that fits', async () => {
    expect((await check({})).findings).toEqual([]);
    expect((await check({ freeBytes: 5_000_001 })).findings).toEqual([]);
    // What is on the disk may be bloat: less room than that is only said.
    expect((await check({ freeBytes: 4_000_000 })).findings).toEqual([
      warning('server.little_room', { free: 4, needed: 5 }),
    ]);
  });

  it('names everything that is in the way', async () => {
    const { findings } = await check({
      freeBytes: 1_000_000,
      sharesSessions: true,
      extension: 'no_such_thing',
      language: 'pl_none',
      versionNum: 990_000,
    });
    expect(findings).toEqual([
      problem('server.older_than_backup', { server: expect.any(Number) as number, backup: 99 }),
      problem('extension.unavailable', { extension: 'no_such_thing' }),
      problem('language.without_handler', { language: 'pl_none' }),
      problem('server.little_room', { free: 1, needed: 5 }),
      problem('sessions.shared'),
    ]);
  });

  itLong(
    'finds out that the server lets the role into the target alone, and that it may have too few connections',
    async () => {
      const server = await throwawayCluster();
      try {
        await withClient(server.adminUrl, async (client) => {
          await client.query(`CREATE ROLE known LOGIN CREATEDB PASSWORD 'pw' CONNECTION LIMIT 5`);
          await client.query('CREATE DATABASE scc OWNER known');
          expect(
            await newDatabaseProblems(parseDatabaseUrl(server.url('scc', 'known', 'pw')), 'scc_restore_1'),
          ).toEqual([]);
          const { rows } = await client.query<{ file: string }>(`SELECT current_setting('hba_file') AS file`);
          const lines =
            'host scc,postgres known 127.0.0.1/32 scram-sha-256\nhost all berkut 127.0.0.1/32 scram-sha-256\n';
          await writeFile(rows[0]?.file ?? '', lines);
          await client.query('SELECT pg_reload_conf()');
          const known = parseDatabaseUrl(server.url('scc', 'known', 'pw'));
          await eventually(async () => (await newDatabaseProblems(known, 'scc_restore_1')).length > 0);
          expect(await newDatabaseProblems(known, 'scc_restore_1')).toEqual([
            problem('access.new_database', { database: 'scc_restore_1', target: 'scc' }),
          ]);
          expect(await newDatabaseProblems(known, 'scc')).toEqual([]);
          expect(await maintenanceProblems(withDatabase(known, 'postgres'), known)).toEqual([]);
          expect(await maintenanceProblems(withDatabase(known, 'template1'), known)).toEqual([
            problem('access.maintenance_database', { database: 'template1' }),
          ]);
          const stranger = parseDatabaseUrl(server.url('scc', 'known', 'wrong'));
          expect(await maintenanceProblems(withDatabase(stranger, 'template1'), stranger)).toEqual([]);
          await withClient(server.url('scc', 'known', 'pw'), async (role) => {
            expect(await connectionWarnings(role, 1, 'scc')).toEqual([]);
            expect(await connectionWarnings(role, 4, 'scc')).toEqual([
              warning('connections.role_limit', { limit: 5, jobs: '4 jobs', needed: 8 }),
            ]);
            await client.query('ALTER DATABASE scc CONNECTION LIMIT 2');
            expect(await connectionWarnings(role, 1, 'scc')).toEqual([
              warning('connections.target_limit', { limit: 2, jobs: '1 job', needed: 5 }),
            ]);
          });
          expect(await connectionWarnings(client, 100, 'scc')).toEqual([]);
        });
      } finally {
        await server.stop();
      }
    },
  );

  itLong('finds out that a restore in place would lock more than the server has room for', async () => {
    const tight = await throwawayCluster({ max_locks_per_transaction: '10', max_connections: '20' });
    try {
      await withClient(tight.adminUrl, async (client) => {
        await client.query('SELECT lo_create(0)');
        expect(await replaceProblems(client)).toEqual([
          problem('target.too_many_locks', {
            needed: expect.stringMatching(/^\d+$/) as string,
            room: '200',
            setting: '10',
          }),
        ]);
      });
    } finally {
      await tight.stop();
    }
  });

  it('finds event triggers that refuse to let the role change tables, and that it may not turn off', async () => {
    const database = await testCluster().createDatabase();
    const role = `probe_${process.pid}`;
    const asAdmin = (sql: string) => withClient(database.url, (client) => client.query(sql));
    const found = (url: string) => withClient(url, eventTriggerProblems);
    try {
      await asAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
      const asRole = testCluster().url(database.name, role, 'x');
      expect(await found(asRole)).toEqual([]);
      await asAdmin(`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no % here', tg_tag; END $$;
        CREATE EVENT TRIGGER no_views ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION refuse();
        CREATE EVENT TRIGGER no_drops ON sql_drop EXECUTE FUNCTION refuse()`);
      expect(await found(asRole)).toEqual([problem('scope.event_trigger', { triggers: ['no_drops'] })]);
      await asAdmin(
        'DROP EVENT TRIGGER no_drops; CREATE EVENT TRIGGER nothing ON ddl_command_start EXECUTE FUNCTION refuse()',
      );
      expect(await found(asRole)).toEqual([problem('scope.event_trigger', { triggers: ['nothing'] })]);
      // Its owner turns it off for the restore.
      expect(await found(database.url)).toEqual([]);
      await asAdmin(`SET session_replication_role = replica;
        CREATE OR REPLACE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`);
      expect(await found(asRole)).toEqual([]);
    } finally {
      await database.drop();
      await withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE IF EXISTS ${role}`));
    }
  });

  it('names the slots that a restore leaves at publishers, whichever way it goes', async () => {
    const database = await testCluster().createDatabase();
    try {
      await withClient(database.url, async (client) => {
        const subscribe = `CREATE SUBSCRIPTION of_${database.name} CONNECTION 'dbname=elsewhere' PUBLICATION p`;
        await client.query(`${subscribe} WITH (connect = false, slot_name = 'theirs')`);
        expect(await slotWarnings(client, database.name)).toEqual([
          warning('target.subscription_lost', { subscription: `of_${database.name}`, slot: 'theirs' }),
        ]);
        await client.query(`ALTER SUBSCRIPTION of_${database.name} SET (slot_name = NONE)`);
        expect(await slotWarnings(client, database.name)).toEqual([]);
        await client.query(`DROP SUBSCRIPTION of_${database.name}`);
      });
    } finally {
      await database.drop();
    }
  });

  it('says which way an extension can come back that only one database of the server may have', async () => {
    await withClient(testCluster().adminUrl, async (client) => {
      const found = (target: string, isOther: boolean, extension = 'pg_cron') =>
        boundExtensionProblems(client, [extension], { target, isOther });
      expect(await found('scc', true, 'hstore')).toEqual([]);
      expect(await found('scc', true)).toEqual([problem('extension.not_loaded', { extension: 'pg_cron' })]);
      // As on a server that has loaded it.
      await client.query(`SET cron.database_name = 'scc'`);
      const home = { extension: 'pg_cron', database: 'scc', setting: 'cron.database_name' };
      expect(await found('scc', true)).toEqual([problem('extension.not_by_swap', home)]);
      expect(await found('scc', false)).toEqual([]);
      expect(boundExtensions(['hstore', 'pg_cron'])).toEqual([expect.objectContaining({ schema: 'cron' })]);
      expect(await found('other', false)).toEqual([problem('extension.elsewhere', home)]);
    });
  });

  it('knows the free space of a server on this machine, and that a direct connection is one', async () => {
    const address = parseDatabaseUrl(testCluster().adminUrl);
    const admin = await connect(address);
    expect(await freeServerBytes(admin, address)).toBeGreaterThan(0);
    expect(await freeServerBytes(admin, { ...address, places: [{ host: 'db.example', port: 5432 }] })).toBeUndefined();
    await admin.end();
    // The server of the tests has no TLS, and is not asked for it by every connection.
    expect(address.places.map(hasNoTls)).toEqual([true]);
    expect(await sharesSessions(address)).toBe(false);
  });

  it('is not ended by time limits of a database, and neither is anything else', async () => {
    const database = await testCluster().createDatabase();
    const name = pg.escapeIdentifier(database.name);
    const admin = await connect(parseDatabaseUrl(testCluster().adminUrl));
    for (const limit of ['statement_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout']) {
      await admin.query(`ALTER DATABASE ${name} SET ${limit} TO '5min'`);
    }
    const client = await connect(parseDatabaseUrl(database.url));
    try {
      const { rows } = await client.query<{ name: string; value: string }>(
        `SELECT name, setting AS value FROM pg_settings WHERE name = ANY ($1) AND setting <> '0'`,
        [TIME_LIMITS],
      );
      expect(rows).toEqual([]);
      // The limits that all other sessions have are reported.
      const told = await serverWarnings(client, { name: database.name, encoding: 'UTF8' }, 'LATIN1');
      expect(told).toContainEqual(warning('role.time_limit', { setting: 'statement_timeout', value: '300000' }));
      expect(told.at(-1)).toEqual(warning('target.other_encoding', { backup: 'LATIN1', target: 'UTF8' }));
      // A limit that is shorter than what turns it off takes.
      await admin.query(`ALTER DATABASE ${name} SET statement_timeout TO '1ms'`);
      for (let i = 0; i < 20; i += 1) await (await connect(parseDatabaseUrl(database.url))).end();
    } finally {
      await client.end();
      await admin.end();
      await database.drop();
    }
  });

  it('names code that loading would run and that belongs to no superuser, in an archive as in a database', async () => {
    const database = await testCluster().createDatabase();
    const [app, client] = [`app_${process.pid}`, await connect(parseDatabaseUrl(database.url))];
    try {
      await client.query(`
        CREATE ROLE ${app};
        CREATE FUNCTION safe(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE FUNCTION chk(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE FUNCTION "f ""x"(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 + 1; END';
        CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION same(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        ALTER FUNCTION chk(int) OWNER TO ${app};
        ALTER FUNCTION "f ""x"(int) OWNER TO ${app};
        ALTER FUNCTION made() OWNER TO ${app};
        ALTER FUNCTION same(int, int) OWNER TO ${app};
        CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
        CREATE DOMAIN checked AS int CHECK (chk(VALUE));
        CREATE TABLE plain (x int CHECK (x > 0), y int DEFAULT made(), z int CHECK (safe(z)));
        CREATE TABLE "check" (x int CHECK (chk(x)));
        CREATE TABLE cased (x int CHECK (CASE WHEN x = 1 THEN chk(x) ELSE x > 0 END));
        CREATE TABLE late (x int);
        ALTER TABLE late ADD CONSTRAINT later CHECK (chk(x)) NOT VALID;
        CREATE TABLE generated (x int, y int GENERATED ALWAYS AS ("f ""x"(x)) STORED);
        CREATE TABLE parts (x int) PARTITION BY LIST ("f ""x"(x));
        CREATE TABLE operated (x int CHECK (x === 1));
        CREATE TABLE indexed (x int);
        CREATE INDEX by_f ON indexed ("f ""x"(x));
        CREATE INDEX some_of ON indexed (x) WHERE chk(x)`);
      const tools = await findTools({ serverVersionNum: 130_000 });
      const dump = toolOutput({
        command: tools.pgDump,
        args: ['-Fc', '--schema-only'],
        env: toolEnvironment(parseDatabaseUrl(database.url)),
      });
      const { code } = (await archiveContents(() => copies(dump))).facts;
      expect(code.map(({ name }) => name).toSorted()).toEqual([
        'check constraint public.late later',
        'domain public.checked',
        'index public.by_f',
        'index public.some_of',
        'table public.cased',
        'table public.check',
        'table public.generated',
        'table public.operated',
        'table public.parts',
        'table public.plain',
      ]);
      const ofBackup = await codeWarnings(client, code);
      expect(ofBackup).toEqual([warning('code.of_other_roles', { places: expect.any(Array) as string[] })]);
      expect(ofBackup[0]?.names?.['places']).toContain('table public.check (public.chk(integer))');
      expect(String(ofBackup[0]?.names?.['places'])).not.toContain('plain');
      expect(await codeWarningsOf(client)).toEqual([
        warning('code.of_other_roles', {
          places: [
            'domain constraint checked_check on public.checked (chk(integer))',
            'generated column public.generated.y ("f ""x"(integer))',
            'index public.by_f ("f ""x"(integer))',
            'index public.some_of (chk(integer))',
            'table constraint cased_x_check on public.cased (chk(integer))',
            'table constraint check_x_check on public."check" (chk(integer))',
            'table constraint later on public.late (chk(integer))',
            'table constraint operated_x_check on public.operated (same(integer,integer))',
            'table public.parts ("f ""x"(integer))',
          ],
        }),
      ]);
    } finally {
      await client.end();
      await database.drop();
      await withClient(testCluster().adminUrl, (admin) => admin.query(`DROP ROLE IF EXISTS ${app}`));
    }
  });
});
