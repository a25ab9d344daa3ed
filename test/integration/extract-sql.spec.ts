import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { runTool } from '../../src/engine/process/run-tool';
import { startTestService, type TestService } from '../support/app';
import { build } from '../support/built';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { runBscc } from '../support/run-bscc';

/** Rows, an index and a view that mean what they mean only under the settings of their database. */
const SHAPE = `
  CREATE SCHEMA app;
  CREATE FUNCTION app.short(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left($1, 3) $$;
  CREATE FUNCTION app.shorter(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN short($1); END $$;
  CREATE TABLE app.t (i int PRIMARY KEY, tenant text CHECK (tenant = current_setting('app.tenant')), s text CHECK (shorter(s) <> ''));
  INSERT INTO app.t VALUES (1, 'acme', 'größe');
  CREATE INDEX ON app.t (app.shorter(s));
  CREATE MATERIALIZED VIEW app.v AS SELECT * FROM app.t WHERE tenant = current_setting('app.tenant') AND app.shorter(s) <> '';
  CREATE TYPE app.color AS ENUM ('red', 'green', 'blue', 'yellow');
  CREATE TABLE app.p (i int, c app.color) PARTITION BY HASH (c);
  CREATE TABLE app.p0 PARTITION OF app.p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO app.p SELECT i, (enum_range(NULL::app.color))[1 + i % 4] FROM generate_series(1, 100) AS i;`;

describe('the SQL of a backup', () => {
  let service: TestService;
  let copy: TestDatabase;
  let directory: string;
  beforeAll(async () => {
    await build();
    directory = await mkdtemp(join(tmpdir(), 'berkut-extract-sql-'));
    service = await startTestService();
    copy = await testCluster().createDatabase();
    const { name, url } = service.target;
    await withClient(url, async (client) => {
      await client.query(`ALTER DATABASE "${name}" SET app.tenant = 'acme'`);
      await client.query(`ALTER DATABASE "${name}" SET search_path = app, public`);
      await client.query(`ALTER DATABASE "${name}" SET "TimeZone" = 'Asia/Kathmandu'`);
    });
    await withClient(url, (client) => client.query(SHAPE));
    await withClient(url, async (client) => {
      await client.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
      await client.query(`SET default_transaction_read_only = off`);
      await client.query(`COMMENT ON DATABASE "${name}" IS 'базу описано'`);
    });
  });
  afterAll(async () => {
    await service.stop();
    await copy.drop();
    await rm(directory, { recursive: true });
  });

  it('gives a database of another name everything, settings before rows included', async () => {
    await service.client.backUp();
    const [file = ''] = await readdir(service.storagePath);
    const extracted = await runBscc(['extract', join(service.storagePath, file), 'sql', '--to', directory], {
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
    });
    expect(extracted).toMatchObject({ code: 0 });
    await runTool({
      command: join(testCluster().binDirectory, 'psql'),
      args: ['-qX', '-v', 'ON_ERROR_STOP=1', '-f', join(directory, 'backup.sql')],
      env: toolEnvironment(parseDatabaseUrl(copy.url)),
    });
    // Rows of hash partitions over an enum may have changed places; lines that are no rows have not.
    const sorted = async ({ url }: TestDatabase): Promise<string[]> => (await dumpOf(url)).sort();
    expect(await sorted(copy)).toEqual(await sorted(service.target));
    const settingsOf = async (database: TestDatabase): Promise<unknown> =>
      (
        await withClient(database.url, (client) =>
          client.query(
            `SELECT s.setconfig, shobj_description(d.oid, 'pg_database') AS comment, (SELECT count(*)::int FROM app.v) AS rows
               FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE d.datname = current_database()`,
          ),
        )
      ).rows;
    expect(await settingsOf(copy)).toEqual(await settingsOf(service.target));
  });
});
