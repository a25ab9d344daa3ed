import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveEntries } from '../../src/engine/postgres/archive-entries';
import { findTools } from '../../src/engine/postgres/tools';
import { runTool } from '../../src/engine/process/run-tool';
import { testCluster, withClient } from '../support/cluster';

/** More than fit into one piece of what a program writes. */
const LARGE_OBJECTS = 5_000;

it('reads the objects of an archive, and of thousands of large ones the first of each owner', async () => {
  const database = await testCluster().createDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'berkut-entries-'));
  const other = `other_${database.name}`;
  try {
    await withClient(database.url, async (db) => {
      await db.query(`CREATE ROLE ${other}; CREATE TABLE t (id int PRIMARY KEY, v text);
        CREATE FUNCTION misleading() RETURNS text LANGUAGE sql AS $$ SELECT '
--
-- Name: t; Type: BLOB; Schema: -; Owner: nobody
--

--
-- Name: t t_t; Type: FK CONSTRAINT; Schema: public; Owner: nobody
--

ALTER TABLE ONLY public.t ADD CONSTRAINT t_t FOREIGN KEY (id) REFERENCES public.t(id);
' $$;
        SELECT lo_create(100000 + n) FROM generate_series(1, ${LARGE_OBJECTS}) n`);
      await db.query(`ALTER LARGE OBJECT ${100_000 + LARGE_OBJECTS / 2} OWNER TO ${other}`);
    });
    const tools = await findTools({ serverVersionNum: 130_000 });
    const file = join(directory, 'archive');
    await runTool({ command: tools.pgDump, args: ['-Fc', '-Z0', `--file=${file}`, database.url] });
    const { signal } = new AbortController();
    for (const highWaterMark of [1 << 20, 1000]) {
      const found: { type: string; name: string; owner: string; sql: string }[] = [];
      for await (const entry of archiveEntries(tools, createReadStream(file, { highWaterMark }), signal)) {
        found.push(entry);
      }
      expect(found.map(({ owner }) => owner)).not.toContain('nobody');
      expect(found.find(({ type }) => type === 'FUNCTION')?.sql).toMatch(/REFERENCES public\.t\(id\);\n' \$\$;/);
      const large = found.filter(({ type }) => type === 'BLOB');
      expect(new Set(large.map(({ owner }) => owner)).size).toBe(large.length);
      expect(large.map(({ owner }) => owner)).toContain(other);
      expect(large.find(({ owner }) => owner === other)?.sql).toContain(`OWNER TO ${other};`);
      expect(found.filter(({ type }) => type !== 'BLOB').map(({ type, name }) => [type, name])).toEqual(
        expect.arrayContaining([
          ['FUNCTION', 'misleading()'],
          ['TABLE', 't'],
          ['CONSTRAINT', 't t_pkey'],
        ]),
      );
      expect(found.find(({ type }) => type === 'CONSTRAINT')?.sql).toContain('ADD CONSTRAINT t_pkey PRIMARY KEY (id);');
    }
  } finally {
    await database.drop();
    await withClient(testCluster().adminUrl, (db) => db.query(`DROP ROLE ${other}`));
    await rm(directory, { recursive: true });
  }
});
