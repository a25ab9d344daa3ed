import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../../src/embedded/cluster';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { findTools } from '../../src/engine/postgres/server/tools';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { testKey } from '../support/containers';
import { contentByPgDump, contentOfBackup } from '../support/copied-rows';
import { makeShape, whatIsMissing } from '../zoo/place';
import { makeRoles, programsOf, startServer } from '../zoo/server';
import { readShapes } from '../zoo/shape';
import { isLong } from '../support/form';

const VERSION = 15;
const DATABASE = 'zoo';
/** Those whose rows differ from ordinary ones; `npm run test:zoo` takes all there are through a restore. */
/** The zoo restores these, too. */
const LONG_SHAPES = [
  ...['extension-pg_cron', 'extension-postgis', 'generated-column-over-unqualified-function'],
  ...['hash-partitions-over-enum', 'inheritance-with-own-defaults', 'partitions-attached-late'],
  ...['row-security-forced', 'settings-that-hinder-a-load'],
];
const SHAPES: ReadonlySet<string> = new Set([
  ...['cp1251-cyrillic', 'eucjp-table-names', 'latin1-names-and-rows', 'sql-ascii-bytes', 'names-that-hurt'],
  ...['hard-schema', 'sequences-of-every-kind', 'values-at-their-limits'],
  ...(isLong ? LONG_SHAPES : []),
]);

describe('the rows of a backup', () => {
  const { signal } = new AbortController();
  let binDirectory: string;
  let cluster: Cluster;
  let directory: string;

  beforeAll(async () => {
    binDirectory = await programsOf(VERSION);
    cluster = await startServer(binDirectory, DATABASE);
    directory = await mkdtemp(join(tmpdir(), 'berkut-rows-'));
    await makeRoles(cluster);
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** What a backup of the database holds, in parts as small as can be. */
  async function backedUp() {
    const pgDumpBin = join(binDirectory, 'pg_dump');
    const storage = new LocalStorage(directory);
    const name = 'one.bscc';
    await writeBackup({
      ...{ target: parseDatabaseUrl(cluster.url(DATABASE)), storage, name, signal, onProgress: () => undefined },
      ...{ tools: await findTools({ serverVersionNum: VERSION * 10_000, pgDumpBin }), key: testKey(), jobs: 2 },
      ...{
        compressionLevel: 1,
        scope: ['ALL'],
        createdAt: new Date(),
        app: { name: 'test', version: '0' },
        entities: [],
      },
      partBytes: 8192,
    });
    const file = await storage.open(name);
    try {
      return await contentOfBackup(file);
    } finally {
      await file.close();
      await storage.remove(name);
    }
  }

  it('are, line by line, those that pg_dump takes, whatever the database', async () => {
    const different: string[] = [];
    let [tables, parts] = [0, 0];
    for (const shape of await readShapes()) {
      if (!SHAPES.has(shape.name) || (await whatIsMissing({ cluster, version: VERSION }, shape)) !== undefined)
        continue;
      await makeShape({ cluster, role: 'superuser', binDirectory }, shape, DATABASE);
      const held = await backedUp();
      const wanted = await contentByPgDump(join(binDirectory, 'pg_dump'), cluster.url(DATABASE), held.encoding);
      const isSame =
        isDeepStrictEqual(held.sequences, wanted.sequences) && isDeepStrictEqual(held.tables, wanted.tables);
      if (!isSame) different.push(shape.name);
      tables += held.tables.size;
      parts += held.parts;
    }
    expect(different).toEqual([]);
    expect(tables).toBeGreaterThan(SHAPES.size);
    // Some are large enough to have several.
    expect(parts).toBeGreaterThan(tables);
  });
});
