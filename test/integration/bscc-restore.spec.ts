import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { openTarget } from '../../src/cli/restore/restore-database';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { readProperties } from '../../src/engine/postgres/database/database-properties';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { eventually } from '../support/eventually';
import { runBscc, startBscc } from '../support/run-bscc';

const OWNER = `owner_${process.pid}`;
const READER = `reader_${process.pid}`;
const WRITER = `Writer ${process.pid}`;
const KEY = { BACKUP_ENCRYPTION_KEY: TEST_KEY };

/** A database that is special in every way that is not in its tables, and rights that mention roles in every way. */
const SPECIAL = `
  CREATE TABLE docs (id int PRIMARY KEY);
  INSERT INTO docs SELECT generate_series(1, 1000);
  ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
  CREATE POLICY "those TO ${READER}" ON docs FOR SELECT USING (id > 0);
  CREATE POLICY one ON docs AS RESTRICTIVE FOR SELECT TO ${READER} USING (id > 1);
  CREATE POLICY several ON docs TO ${OWNER}, "${WRITER}" USING (id > 2);
  GRANT SELECT ON docs TO ${READER}`;

describe('bscc restore', () => {
  let service: TestService;
  let target: TestDatabase;
  let control: TestDatabase;
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-bscc-restore-'));
    await writeFile(join(directory, 'document'), 'text');
    const name = `special_${process.pid}`;
    await withClient(testCluster().adminUrl, async (admin) => {
      await admin.query(`CREATE ROLE ${OWNER} LOGIN PASSWORD 'x' NOCREATEDB; GRANT pg_signal_backend TO ${OWNER}`);
      await admin.query(
        `CREATE DATABASE ${name} OWNER ${OWNER} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'uk-UA' LC_COLLATE 'C' LC_CTYPE 'C'`,
      );
    });
    target = {
      name,
      url: testCluster().url(name, OWNER, 'x'),
      drop: () =>
        withClient(testCluster().adminUrl, (admin) =>
          admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
        ).then(),
    };
    control = await testCluster().createDatabase();
    await makeRoles();
    await withClient(target.url, (db) => db.query(SPECIAL));
    await withClient(target.url, (db) =>
      db.query(`
        ALTER DATABASE ${name} SET work_mem = '9MB';
        ALTER DATABASE ${name} SET search_path = public, "Інше";
        ALTER DATABASE ${name} CONNECTION LIMIT 50;
        COMMENT ON DATABASE ${name} IS 'the one';
        REVOKE TEMPORARY ON DATABASE ${name} FROM PUBLIC;
        GRANT CREATE ON DATABASE ${name} TO ${READER}`),
    );
    await withClient(testCluster().url(name), (db) =>
      db.query(`ALTER ROLE ${READER} IN DATABASE ${name} SET statement_timeout = '7s'`),
    );
    service = await startTestService({
      beside: { target, control, storagePath: join(directory, 'storage') },
      environment: { BERKUT_BACKUP_FILES_PATH: directory },
    });
    const { filename } = await service.client.backUp();
    file = join(service.storagePath, filename ?? '');
  });
  afterAll(async () => {
    await service.stop();
    await target.drop();
    await control.drop();
    await dropRoles();
    await withClient(testCluster().adminUrl, (admin) => admin.query(`DROP OWNED BY ${OWNER}; DROP ROLE ${OWNER}`));
    await rm(directory, { recursive: true });
  });

  const makeRoles = (): Promise<unknown> =>
    withClient(testCluster().adminUrl, (admin) => admin.query(`CREATE ROLE ${READER}; CREATE ROLE "${WRITER}"`));
  const dropRoles = (): Promise<unknown> =>
    withClient(testCluster().adminUrl, (admin) => admin.query(`DROP ROLE IF EXISTS ${READER}, "${WRITER}"`));
  /** Takes the roles away, as on a server that has never had them. */
  const forgetRoles = async (): Promise<void> => {
    for (const role of [READER, `"${WRITER}"`])
      await withClient(testCluster().url(target.name), (db) => db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  };
  const exists = async (what: 'database' | 'role', name: string): Promise<boolean> =>
    withClient(testCluster().adminUrl, async (admin) => {
      const column =
        what === 'database' ? 'datname FROM pg_database WHERE datname' : 'rolname FROM pg_roles WHERE rolname';
      return (await admin.query(`SELECT ${column} = $1`, [name])).rowCount === 1;
    });
  const policies = async (url: string): Promise<unknown> =>
    withClient(
      url,
      async (db) => (await db.query<{ name: string }>(`SELECT polname::text AS name FROM pg_policy ORDER BY 1`)).rows,
    );
  /** Restores into a database that is made for it and dropped afterwards. */
  const restored = async (
    url: string,
    args: string[],
    look: (report: Record<string, unknown>) => Promise<void>,
  ): Promise<void> => {
    const { database } = parseDatabaseUrl(url);
    try {
      const { code, stdout, stderr } = await runBscc(['--json', 'restore', file, '--to', url, ...args], KEY);
      expect([code, stderr.replace(/^.*"note".*\n/, '')]).toEqual([0, '']);
      await look(JSON.parse(stdout) as Record<string, unknown>);
    } finally {
      await withClient(testCluster().adminUrl, (admin) =>
        admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`),
      );
    }
  };

  it('makes a database like the one that was backed up: locale, settings, comment, grants', async () => {
    const name = `made "${process.pid}`;
    await restored(testCluster().url(name), [], async (report) => {
      expect(report).toMatchObject({
        ok: true,
        database_created: true,
        tables: 1,
        rows: 1000,
        left_out: [],
        notes: [],
      });
      const [before, after] = await withClient(testCluster().adminUrl, async (admin) => [
        await readProperties(admin, target.name),
        await readProperties(admin, name),
      ]);
      const { oid: _before, owner: _owner, grants, ...rest } = before;
      expect(after).toMatchObject(rest);
      expect(rest).toMatchObject({ localeProvider: 'i', locale: 'uk-UA', connectionLimit: 50, comment: 'the one' });
      expect(rest.settings).toHaveLength(3);
      const toOthers = (all: typeof grants): unknown =>
        all?.filter(({ grantee }) => grantee === READER || grantee === null);
      expect(toOthers(after.grants)).toEqual(toOthers(grants));
    });
  });

  describe('where roles are missing', () => {
    beforeAll(forgetRoles);
    afterAll(async () => {
      await makeRoles();
    });

    it('leaves out the policies for them, and no others, when owners are not wanted', async () => {
      await restored(testCluster().url(`without_${process.pid}`), ['--no-owner'], async (report) => {
        expect(report).toMatchObject({
          owned_by_restoring_role: expect.arrayContaining([READER, WRITER]) as unknown,
          left_out: [
            expect.stringContaining('policy public.docs.one, '),
            expect.stringContaining('policy public.docs.several, '),
          ],
        });
        expect(await policies(testCluster().url(`without_${process.pid}`))).toEqual([{ name: `those TO ${READER}` }]);
      });
    });

    itLong('does the same for a role that may make no roles', async () => {
      await withClient(testCluster().adminUrl, (admin) => admin.query(`ALTER ROLE ${OWNER} CREATEDB`));
      try {
        await restored(testCluster().url(`weak_${process.pid}`, OWNER, 'x'), [], async (report) => {
          expect(report).toMatchObject({ rows: 1000, left_out: [expect.any(String), expect.any(String)], notes: [] });
          expect(await policies(testCluster().url(`weak_${process.pid}`))).toHaveLength(1);
        });
      } finally {
        await withClient(testCluster().adminUrl, (admin) => admin.query(`ALTER ROLE ${OWNER} NOCREATEDB`));
      }
    });

    itLong('is what the service does, too, in place', async () => {
      const [backup] = (await service.client.get('/backups')).body.items;
      const run = await service.client.restore(backup?.id ?? 0);
      expect(run).toMatchObject({ status: 'success', strategy: 'in_place' });
      expect(run.steps.find(({ name }) => name === 'restore_database')?.details).toMatchObject({
        left_out_policies: ['public.docs.one', 'public.docs.several'],
      });
      expect(await policies(target.url)).toEqual([{ name: `those TO ${READER}` }]);
    });

    it('takes back everything when it is ended or fails: roles, database, files', async () => {
      const empty = await testCluster().createDatabase();
      try {
        await withClient(empty.url, async (db) => {
          // Tables cannot be made while no session may write to their catalogue.
          await db.query('BEGIN; LOCK TABLE pg_catalog.pg_class IN SHARE MODE');
          const { child, ended } = startBscc(['restore', file, '--to', empty.url], KEY);
          await eventually(async () => {
            const waiting = await db.query(
              `SELECT FROM pg_locks WHERE NOT granted AND relation = 'pg_class'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
            );
            return waiting.rowCount === 1;
          });
          expect(await exists('role', READER)).toBe(true);
          child.kill('SIGTERM');
          const { code, stderr } = await ended;
          expect([code, stderr.endsWith('bscc: interrupted: interrupted\n')]).toEqual([130, true]);
          await db.query('ROLLBACK');
        });
        expect([await exists('role', READER), await exists('role', WRITER)]).toEqual([false, false]);
      } finally {
        await empty.drop();
      }
      const name = `failed_${process.pid}`;
      const { filename = '' } = await service.client.backUp({ include_files: true });
      const withFiles = join(service.storagePath, filename);
      const filesTo = join(directory, 'no', 'such', 'place');
      const failed = await runBscc(['restore', withFiles, '--to', testCluster().url(name), '--files-to', filesTo], KEY);
      expect(failed.code).toBe(1);
      expect(await exists('database', name)).toBe(false);
      const refused = await runBscc(
        ['restore', withFiles, '--to', testCluster().url(name), '--files-to', directory],
        KEY,
      );
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is there already')]);
      expect(await exists('database', name)).toBe(false);
    });
  });

  itLong('takes the next best where the server does not have the locale, and says so', async () => {
    const address = parseDatabaseUrl(testCluster().url(`locale_${process.pid}`));
    const signal = new AbortController().signal;
    const open = async (createOptions: string | undefined, encoding: string): Promise<readonly string[]> => {
      const making = { createOptions: () => Promise.resolve(createOptions), encoding, signal };
      const { isMade, notes } = await openTarget(address, 'postgres', making);
      expect(isMade).toBe(true);
      await withClient(testCluster().adminUrl, (admin) => admin.query(`DROP DATABASE ${address.database}`));
      return notes;
    };
    expect(await open(`ENCODING = 'UTF8' LOCALE = 'xx_XX.utf8'`, 'UTF8')).toEqual([
      `the server does not have the locale of the backup (ENCODING = 'UTF8' LOCALE = 'xx_XX.utf8'): its own was taken`,
    ]);
    // As a pg_dump writes it that is newer than the server.
    expect(await open(`ENCODING = 'UTF8' LOCALE_PROVIDER = builtin BUILTIN_LOCALE = 'C'`, 'UTF8')).toHaveLength(1);
    expect(await open(undefined, 'LATIN1')).toEqual(['no locale of the server fits the encoding LATIN1: C was taken']);
  });
});
