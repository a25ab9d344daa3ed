import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { type ArchiveEntry, archiveEntries, type ArchiveHead } from '../../src/engine/postgres/archive/archive-toc';
import { withDependants } from '../../src/engine/postgres/archive/dependants';
import { harmlessArchive } from '../../src/engine/postgres/archive/harmless-archive';
import { mentionedRoles } from '../../src/engine/postgres/archive/mentioned-roles';
import { copyDefinitions } from '../../src/engine/postgres/load/copy-definitions';
import { findTools, type PostgresTools } from '../../src/engine/postgres/server/tools';
import { filterTool, runTool } from '../../src/engine/process/run-tool';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { chunksOf, collect } from '../support/containers';

const LARGE_OBJECTS = 2_000;
const ODD_NAME = 'a "b"\n-- Name: c; Type: TABLE; Schema: public; Owner: x';

describe('the table of contents of an archive', () => {
  let database: TestDatabase;
  const made: TestDatabase[] = [];
  let directory: string;
  let file: string;
  let tools: PostgresTools;
  let role: (name: string) => string;
  const entriesOf = async (archive: AsyncIterable<Uint8Array>): Promise<ArchiveEntry[]> => {
    const found: ArchiveEntry[] = [];
    for await (const entry of archiveEntries(archive)) found.push(entry);
    return found;
  };
  beforeAll(async () => {
    database = await testCluster().createDatabase();
    directory = await mkdtemp(join(tmpdir(), 'berkut-toc-'));
    file = join(directory, 'archive');
    role = (name) => `${name}_${database.name}`;
    const odd = `"${ODD_NAME.replaceAll('"', '""')}"`;
    await withClient(database.url, (db) =>
      db.query(`
        CREATE ROLE ${role('owner')}; CREATE ROLE ${role('granting')}; CREATE ROLE ${role('granted')};
        CREATE ROLE ${role('default_of')}; CREATE ROLE ${role('default_to')}; CREATE ROLE ${role('policy')}; CREATE ROLE ${role('mapping')};
        CREATE ROLE ${role('large')};
        CREATE TABLE t (id int CONSTRAINT "t pkey" PRIMARY KEY, v text); CREATE TABLE ${odd} (id int PRIMARY KEY);
        COMMENT ON CONSTRAINT "t pkey" ON t IS 'of the key'; COMMENT ON INDEX "t pkey" IS 'of its index'; COMMENT ON TABLE t IS 'of t';
        CREATE VIEW by_key AS SELECT id, v FROM t GROUP BY id; COMMENT ON VIEW by_key IS 'needs the key'; INSERT INTO t VALUES (1);
        CREATE FUNCTION misleading() RETURNS text LANGUAGE sql AS $$ SELECT '
--
-- Name: t t_t; Type: FK CONSTRAINT; Schema: public; Owner: nobody
--

ALTER TABLE ONLY public.t ADD CONSTRAINT t_t FOREIGN KEY (id) REFERENCES public.t(id);
GRANT ALL ON TABLE t TO nobody;
' $$;
        ALTER TABLE ${odd} OWNER TO ${role('owner')};
        GRANT SELECT ON t TO ${role('granting')} WITH GRANT OPTION; SET ROLE ${role('granting')};
        GRANT SELECT ON t TO ${role('granted')}; RESET ROLE; GRANT USAGE ON SCHEMA public TO public;
        ALTER DEFAULT PRIVILEGES FOR ROLE ${role('default_of')} GRANT SELECT ON TABLES TO ${role('default_to')};
        CREATE POLICY p ON t AS RESTRICTIVE FOR SELECT TO ${role('policy')}, ${role('owner')} USING (true);
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR ${role('mapping')} SERVER s;
        CREATE USER MAPPING FOR public SERVER s;
        CREATE SUBSCRIPTION "sub, one" CONNECTION 'dbname=''x; y'' password=slot_name' PUBLICATION p, "q WITH" WITH (connect = false, slot_name = 's_1');
        CREATE SUBSCRIPTION two CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, binary, streaming);
        COMMENT ON SUBSCRIPTION two IS 'second';
        SELECT lo_create(100000 + n) FROM generate_series(1, ${LARGE_OBJECTS}) n;
        ALTER LARGE OBJECT ${100_000 + LARGE_OBJECTS / 2} OWNER TO ${role('large')}`),
    );
    tools = await findTools({ serverVersionNum: 130_000 });
    await runTool({ command: tools.pgDump, args: ['-Fc', '-Z0', `--file=${file}`, database.url] });
  });
  afterAll(async () => {
    await withClient(database.url, async (db) => {
      for (const name of ['"sub, one"', 'two']) {
        await db.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name}`);
      }
    });
    for (const one of [database, ...made]) await one.drop();
    await withClient(testCluster().adminUrl, (db) =>
      db.query(
        `DROP ROLE ${['owner', 'granting', 'granted', 'default_of', 'default_to', 'policy', 'mapping', 'large'].map(role).join(', ')}`,
      ),
    );
    await rm(directory, { recursive: true });
  });

  it('is the same in pieces of whatever size, and what pg_restore lists', async () => {
    const whole = await entriesOf(createReadStream(file));
    for (const highWaterMark of [97, 1000]) {
      expect(await entriesOf(createReadStream(file, { highWaterMark }))).toEqual(whole);
    }
    const list = await runTool({ command: tools.pgRestore, args: ['--list', file] });
    const listed = [...list.matchAll(/^(\d+); \d+ \d+ /gm)].map(([, id]) => Number(id));
    expect(whole.map(({ id }) => id).filter((id) => listed.includes(id))).toEqual(listed);
    const heads: ArchiveHead[] = [];
    for await (const _ of archiveEntries(createReadStream(file), { onHead: (head) => heads.push(head) })) break;
    expect(heads).toHaveLength(1);
    expect(heads[0]?.serverVersion).toMatch(/^\d\d/);
    expect(heads[0]?.dumpVersion).toMatch(/^\d\d/);
  });

  it('knows objects by what they are, not by what the text looks like', async () => {
    const entries = await entriesOf(createReadStream(file));
    expect(entries.find(({ type }) => type === 'FUNCTION')?.sql).toMatch(/TO nobody;\n' \$\$;\n/);
    expect(entries.filter(({ type }) => type === 'FK CONSTRAINT')).toEqual([]);
    expect(entries.filter(({ type }) => type === 'TABLE').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['t', ODD_NAME]),
    );
    expect(new Set(entries.flatMap((entry) => mentionedRoles(entry)))).toEqual(
      new Set([
        ...['owner', 'granting', 'granted', 'default_of', 'default_to', 'policy', 'mapping', 'large'].map(role),
        new URL(testCluster().adminUrl).username,
      ]),
    );
  });

  it('knows what needs what', async () => {
    const entries = await entriesOf(createReadStream(file));
    const key = entries.find(({ name }) => name === 't t pkey')?.id ?? 0;
    const out = withDependants(entries, [key]);
    expect(entries.filter(({ id }) => out.has(id)).map(({ sql }) => sql.split('\n')[0])).toEqual([
      'ALTER TABLE ONLY public.t',
      `COMMENT ON CONSTRAINT "t pkey" ON public.t IS 'of the key';`,
      `COMMENT ON INDEX public."t pkey" IS 'of its index';`,
      'CREATE OR REPLACE VIEW public.by_key AS',
    ]);
  });

  it('has subscriptions that do nothing, and everything else as it was', async () => {
    const bytes = await readFile(file);
    const harmless = await collect(harmlessArchive(chunksOf(bytes, 977)));
    const [before, after] = [await entriesOf(chunksOf(bytes, 65_536)), await entriesOf(chunksOf(harmless, 65_536))];
    const other = ({ type }: ArchiveEntry) => type !== 'SUBSCRIPTION';
    expect(after.filter(other)).toEqual(before.filter(other));
    const subscriptions = after.filter((entry) => !other(entry)).map(({ sql }) => sql);
    expect(subscriptions).toEqual([
      expect.stringMatching(
        /^CREATE SUBSCRIPTION "sub, one" CONNECTION 'dbname=''x; y'' password=slot_name' PUBLICATION p, "q WITH" WITH \(connect = false, slot_name = NONE\b[^']*\);\n$/,
      ),
      expect.stringMatching(
        /^CREATE SUBSCRIPTION two .* WITH \(connect = false, slot_name = NONE, binary = true, streaming = (?:on|true)[^']*\);\n$/,
      ),
    ]);
    // The rows come after the table of contents.
    const command = { command: tools.pgRestore, args: ['--data-only', '--table=t', '--file=-'] };
    const text = (await collect(filterTool(command, chunksOf(harmless, 977)))).toString();
    expect(text).toContain('COPY public.t (id, v) FROM stdin;\n1\t\\N\n\\.\n');
  });

  it('is copied to another database with definitions that are longer than what a pipe holds', async () => {
    const from = await testCluster().createDatabase();
    const into = await testCluster().createDatabase();
    made.push(from, into);
    const long = `SELECT '${'a long text '.repeat(40_000)}'`;
    await withClient(from.url, (db) => db.query(`CREATE FUNCTION long() RETURNS text LANGUAGE sql AS $$${long}$$`));
    const { signal } = new AbortController();
    const addresses = { from: parseDatabaseUrl(from.url), into: parseDatabaseUrl(into.url) };
    expect(await copyDefinitions({ ...addresses, tools, signal })).toBe(0);
    const { rows } = await withClient(into.url, (db) =>
      db.query(`SELECT prosrc = $1 AS is_same FROM pg_proc WHERE proname = 'long'`, [long]),
    );
    expect(rows).toEqual([{ is_same: true }]);
  });

  it('is refused when it is something else', async () => {
    const bytes = await readFile(file);
    const newer = Buffer.from(bytes);
    newer[6] = 99;
    await expect(entriesOf(chunksOf(newer, 100))).rejects.toThrow('its format is 1.99');
    await expect(entriesOf(chunksOf(bytes.subarray(0, 1000), 100))).rejects.toThrow('ends in the middle');
    await expect(entriesOf(chunksOf(Buffer.from('-- PostgreSQL database dump'), 100))).rejects.toThrow('custom format');
  });
});
