import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { Archive } from '../../src/engine/postgres/archive/archive';
import { findTools } from '../../src/engine/postgres/server/tools';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { loadBackup } from '../../src/engine/backup/read-backup';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { type BreakableServer, breakableServer } from '../support/breakable-server';
import { withClient } from '../support/cluster';
import { testKey, testRing } from '../support/containers';
import { dumpOf } from '../support/dump-of';
import { startPooler } from '../support/pooler';

// Rows and large objects; an index, a key and rights, which are made last; and a column that says how its session commits.
const CONTENT = `
  CREATE FUNCTION commits() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_setting('synchronous_commit') $$;
  CREATE TABLE told (id int PRIMARY KEY, how text GENERATED ALWAYS AS (commits()) STORED);
  INSERT INTO told VALUES (1);
  CREATE TABLE items (id int PRIMARY KEY, told_id int REFERENCES told, note text);
  INSERT INTO items SELECT i, 1, 'note ' || i FROM generate_series(1, 500) AS i;
  CREATE INDEX ON items (note);
  SELECT lo_from_bytea(0, convert_to('object ' || i, 'UTF8')) FROM generate_series(1, 50) AS i;
  GRANT SELECT ON items TO PUBLIC;`;

describe('commits of a load', () => {
  const { signal } = new AbortController();
  let directory: string;
  let server: BreakableServer;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-commits-'));
    server = await breakableServer();
    const { url } = await server.createDatabase('source');
    await withClient(url, (client) => client.query(CONTENT));
    await writeBackup({
      ...{
        target: parseDatabaseUrl(url),
        tools: await tools(),
        storage: new LocalStorage(directory),
        name: 'one.bscc',
      },
      ...{ key: testKey(), jobs: 1, compressionLevel: 1, scope: ['ALL'], createdAt: new Date(), entities: [], signal },
      ...{ app: { name: 'test', version: '0' }, onProgress: () => undefined },
    });
  });
  afterAll(async () => {
    await server.remove();
    await rm(directory, { recursive: true });
  });

  const tools = () => findTools({ serverVersionNum: 130_000 });
  const load = async (url: string, ownership: 'keep' | 'leave out' = 'keep'): Promise<void> => {
    const file = await new LocalStorage(directory).open('one.bscc');
    try {
      const archive = new Archive(await openContainer(file, testRing), signal);
      await loadBackup({
        ...{ archive, address: parseDatabaseUrl(url), tools: await tools(), ownership, jobs: 2, signal },
        onProgress: () => undefined,
      });
    } finally {
      await file.close();
    }
  };
  const toldIn = (url: string): Promise<unknown> =>
    withClient(url, async (client) => (await client.query<{ how: string }>('SELECT how FROM told')).rows[0]?.how);

  it('do not wait for the disk, but all of it is there when the load has ended and the server dies', async () => {
    const { url } = await server.createDatabase('copy');
    const before = await dumpOf(server.url('source'));
    await load(url);
    await server.kill();
    await server.start();
    expect(await dumpOf(url)).toEqual(before);
    expect(await toldIn(url)).toBe('off');
  });

  it.each(['on', 'off'])('are as the server has them (%s) where a pooler lets in no settings', async (how) => {
    const { url, name } = await server.createDatabase(`pooled_${how}`);
    await withClient(server.adminUrl, (client) =>
      client.query(`ALTER DATABASE "${name}" SET synchronous_commit = '${how}'`),
    );
    const pooler = await startPooler(url, { mode: 'session' });
    try {
      await load(pooler.url);
      expect(await toldIn(url)).toBe(how);
      expect(await dumpOf(url)).toEqual(await dumpOf(server.url('source')));
    } finally {
      await pooler.stop();
    }
  });

  it.each(['on', 'off'])('are as the role has them (%s) where nothing could wait for them in the end', async (how) => {
    const { url, name } = await server.createDatabase(`refused_${how}`);
    const role = `small_${how}`;
    await withClient(url, (client) =>
      client.query(
        `CREATE ROLE ${role} LOGIN PASSWORD 'small';
         ALTER ROLE ${role} IN DATABASE "${name}" SET synchronous_commit = '${how}';
         ALTER DATABASE "${name}" OWNER TO ${role};
         ALTER SCHEMA public OWNER TO ${role};
         REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC`,
      ),
    );
    const asRole = new URL(url);
    Object.assign(asRole, { username: role, password: 'small' });
    await load(asRole.href, 'leave out');
    expect(await toldIn(url)).toBe(how);
  });
});
