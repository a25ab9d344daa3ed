import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from '../../src/engine/postgres/archive/archive';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { withConnection } from '../../src/engine/postgres/server/connection';
import { rolesNeeded } from '../../src/engine/postgres/archive/schema-facts';
import { findTools } from '../../src/engine/postgres/server/tools';
import { verifyRestored } from '../../src/engine/postgres/check/verify-restored';
import { verifySchema } from '../../src/engine/postgres/check/verify-schema';
import { loadBackup } from '../../src/engine/backup/read-backup';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { inPublic } from '../support/in-public';
import { testKey, testRing } from '../support/containers';
import { dumpOf } from '../support/dump-of';

// One database for all of them: what each needs is not in the others' way.
const SHAPES = (role: string): string => `
  CREATE ROLE ${role}; CREATE EXTENSION postgres_fdw;
  CREATE SERVER cold FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
  CREATE USER MAPPING FOR public SERVER cold; CREATE USER MAPPING FOR ${role} SERVER cold;
  CREATE TABLE log (i int, y int) PARTITION BY LIST (y); CREATE TABLE log_2024 PARTITION OF log FOR VALUES IN (2024);
  CREATE FOREIGN TABLE log_2020 PARTITION OF log FOR VALUES IN (2020) SERVER cold; INSERT INTO log VALUES (1, 2024);
  CREATE FOREIGN TABLE ft (i int) SERVER cold; ALTER FOREIGN TABLE ft ADD CONSTRAINT pos CHECK (i > 0) NOT VALID;
  CREATE TABLE aaa (i int, CONSTRAINT aaa_pk PRIMARY KEY (i)); INSERT INTO aaa SELECT generate_series(1, 100);
  COMMENT ON CONSTRAINT aaa_pk ON aaa IS 'the first entry after the rows'; COMMENT ON INDEX aaa_pk IS 'of its index';
  CREATE TABLE a (i int PRIMARY KEY, b int CONSTRAINT a_b_fk REFERENCES aaa); COMMENT ON CONSTRAINT a_b_fk ON a IS 'of a key';
  INSERT INTO a VALUES (1, 1); ALTER TABLE a ENABLE ROW LEVEL SECURITY;
  CREATE POLICY p1 ON a TO ${role} USING (true); COMMENT ON POLICY p1 ON a IS 'of a policy';
  CREATE POLICY p2 ON a USING (true); COMMENT ON POLICY p2 ON a IS 'stays';
  CREATE SUBSCRIPTION sub CONNECTION 'dbname=elsewhere' PUBLICATION p WITH (connect = false, slot_name = 'theirs');
  COMMENT ON SUBSCRIPTION sub IS 'of a subscription';`;

describe('a backup with what cannot be as it was', () => {
  const { signal } = new AbortController();
  const onProgress = (): void => undefined;
  let directory: string;
  let source: TestDatabase;
  let role: string;
  const made: TestDatabase[] = [];
  const superuser = new URL(testCluster().adminUrl).username;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-shapes-'));
    source = await testCluster().createDatabase();
    made.push(source);
    role = `reader_${source.name}`;
    await withClient(source.url, (db) => db.query(SHAPES(role)));
  });
  afterAll(async () => {
    for (const { url } of made) {
      await withClient(url, async (db) => {
        const { rows } = await db.query(
          'SELECT FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())',
        );
        if (rows.length > 0) await db.query('ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub');
      });
    }
    for (const database of made) await database.drop();
    await withClient(testCluster().adminUrl, (db) => db.query(`DROP ROLE ${role}`));
    await rm(directory, { recursive: true });
  });
  const restored = async (scopeTables: readonly string[] | undefined, missingRoles: readonly string[]) => {
    const tools = await findTools({ serverVersionNum: 130_000 });
    const storage = new LocalStorage(directory);
    const name = `${made.length}.bscc`;
    await writeBackup({
      ...{
        target: parseDatabaseUrl(source.url),
        tools,
        storage,
        signal,
        onProgress,
        scopeTables: scopeTables && inPublic(...scopeTables),
      },
      ...{ name, key: testKey(), jobs: 2, compressionLevel: 1, createdAt: new Date() },
      ...{ app: { name: 'test', version: '0' }, entities: [], scope: scopeTables === undefined ? ['ALL'] : ['some'] },
    });
    const file = await storage.open(name);
    try {
      const reader = await openContainer(file, testRing);
      const archive = new Archive(reader, signal);
      const copy = await testCluster().createDatabase();
      made.push(copy);
      const address = parseDatabaseUrl(copy.url);
      const leftOut = await loadBackup({
        ...{ archive, address, tools, missingRoles, jobs: 2, signal, onProgress, largeTableBytes: 0 },
        ownership: missingRoles.length === 0 ? 'keep' : 'leave out',
      });
      await withConnection(address, async (client) => {
        await verifyRestored(client, reader.index, signal);
        await verifySchema({ client, archive, leftOut, signal });
      });
      const roles = rolesNeeded(reader.index, (await archive.contents()).facts);
      return { leftOut, roles, lines: await dumpOf(copy.url) };
    } finally {
      await file.close();
    }
  };

  it('comes back whole, with a subscription that does nothing, and asks no other server', async () => {
    const { leftOut, lines, roles } = await restored(undefined, []);
    const harmless = (line: string) => line.replace("slot_name = 'theirs'", 'slot_name = NONE');
    expect(lines.map(harmless)).toEqual((await dumpOf(source.url)).map(harmless));
    expect(lines.join('\n')).toMatch(/CREATE SUBSCRIPTION sub .* WITH \(connect = false, slot_name = NONE/);
    expect(leftOut).toMatchObject({ subscriptions: ['sub'], foreignKeys: [], policies: [], userMappings: [] });
    // The server's own superuser is in no list of the server's.
    expect(roles).toEqual(expect.arrayContaining([superuser, role]));
  });

  it('comes back without what is for a role that is missing, and without the comments on it', async () => {
    const { leftOut, lines } = await restored(undefined, [role]);
    expect(leftOut).toMatchObject({ policies: ['public.a.p1'], userMappings: [`${role} SERVER cold`] });
    const text = lines.join('\n');
    expect(text).not.toContain(role);
    expect(text).not.toContain('of a policy');
    expect(text).toContain("COMMENT ON POLICY p2 ON public.a IS 'stays'");
    expect(text).toContain("COMMENT ON CONSTRAINT aaa_pk ON public.aaa IS 'the first entry after the rows'");
    expect(text).toContain('CREATE USER MAPPING FOR public SERVER cold');
  });

  it('comes back without keys to what it does not hold, and without the comments on them', async () => {
    const { leftOut, lines } = await restored(['a'], []);
    expect(leftOut.foreignKeys).toEqual(['public.a.a_b_fk']);
    expect(lines.join('\n')).not.toContain('a_b_fk');
  });
});
