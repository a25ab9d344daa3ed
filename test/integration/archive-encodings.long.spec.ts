import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from '../../src/engine/postgres/archive/archive';
import { copies } from '../../src/engine/bytes/borrowed';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { withConnection } from '../../src/engine/postgres/server/connection';
import { replaceContent } from '../../src/engine/postgres/load/replace-content';
import { findTools } from '../../src/engine/postgres/server/tools';
import { verifyRestored } from '../../src/engine/postgres/check/verify-restored';
import { verifySchema } from '../../src/engine/postgres/check/verify-schema';
import { toolOutput } from '../../src/engine/process/run-tool';
import { loadBackup } from '../../src/engine/backup/read-backup';
import { decoderFor } from '../../src/engine/postgres/archive/archive-encoding';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { withBackup } from '../support/backup-of';
import { withArchivedRows } from '../support/archived-rows';
import { testCluster, withClient } from '../support/cluster';
import { collect, testKey, testRing } from '../support/containers';

const DEFINITIONS = (word: string): string => `
  CREATE TABLE plain (id int PRIMARY KEY, t text DEFAULT '${word}'); INSERT INTO plain SELECT i, '${word}' || i FROM generate_series(1, 50) i;
  CREATE INDEX idx ON plain (t) WHERE t <> '${word}'; COMMENT ON INDEX idx IS '${word}';
  CREATE TRIGGER tr BEFORE UPDATE ON plain FOR EACH ROW WHEN (old.t = '${word}') EXECUTE FUNCTION suppress_redundant_updates_trigger();
  CREATE POLICY pol ON plain USING (t <> '${word}');
  CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '${word}'::text $$;`;
const NAMES = (word: string): string => `
  CREATE TABLE "${word}" (id int PRIMARY KEY, "${word}1" serial, t text); INSERT INTO "${word}" SELECT i, 5, '${word}' FROM generate_series(1, 500) i;
  CREATE TABLE "${word}2" ("${word}" text); INSERT INTO "${word}2" SELECT '${word}' FROM generate_series(1, 300);
  CREATE TABLE "${word}2a1" (id int REFERENCES "${word}"); SELECT setval('"${word}_${word}1_seq"', 77);`;

/** Encodings, and what is in the databases, in UTF-8 where the server converts it, otherwise as it is sent. */
const WORLDS: readonly (readonly [string, string, string])[] = [
  ['LATIN1', 'UTF8', DEFINITIONS('süß größer') + NAMES('Größe')],
  // A letter that LATIN1 has another for.
  ['LATIN5', 'UTF8', DEFINITIONS('müşteri') + NAMES('müşteri')],
  ['EUC_JP', 'UTF8', DEFINITIONS('山田太郎') + NAMES('顧客')],
  ['SQL_ASCII', 'SQL_ASCII', DEFINITIONS('größer') + NAMES('Größe')],
  ['UTF8', 'UTF8', DEFINITIONS('größer 顧客') + NAMES('顧客')],
];

/** Names in the letters of each encoding that a server may have but UTF8 and SQL_ASCII. */
const LETTERS: readonly (readonly [encoding: string, name: string])[] = [
  ['LATIN1', 'größeÀÿ'],
  ['LATIN2', 'żółćŘ'],
  ['LATIN3', 'ĦħĈĉ'],
  ['LATIN4', 'ķŲģĸ'],
  ['LATIN5', 'müşteriĞİı'],
  ['LATIN6', 'ŊŨðķ'],
  ['LATIN7', 'ģļŖž'],
  ['LATIN8', 'ŵŶẀḃ'],
  ['LATIN9', 'œŠŽŸ'],
  ['LATIN10', 'țșĂđ'],
  ['ISO_8859_5', 'клиентЂ'],
  ['ISO_8859_6', 'عميل'],
  ['ISO_8859_7', 'πελάτης'],
  ['ISO_8859_8', 'לקוח'],
  ['KOI8R', 'клиентЁ'],
  ['KOI8U', 'клієнтҐ'],
  ['WIN866', 'клиентЁ'],
  ['WIN874', 'ลูกค้า'],
  ['WIN1250', 'żółćŘ'],
  ['WIN1251', 'клієнтЂ'],
  ['WIN1252', 'größeœŠŽ'],
  ['WIN1253', 'πελάτης'],
  ['WIN1254', 'müşteriĞœ'],
  ['WIN1255', 'לקוח'],
  ['WIN1256', 'عميلپ'],
  ['WIN1257', 'ģļŖž'],
  ['WIN1258', 'ơưĐă'],
  ['EUC_JP', '顧客ｱ'],
  ['EUC_JIS_2004', '顧客ｱ'],
  ['EUC_CN', '客户'],
  ['EUC_KR', '고객'],
  ['EUC_TW', '顧客'],
  ['JOHAB', '고객'],
];

/** There is no decoder for them. */
const NOT_READ: ReadonlySet<string> = new Set(['EUC_TW', 'JOHAB']);

it.each(LETTERS)('a name in %s is read as the server reads it, or known not to be', async (encoding, name) => {
  await withClient(testCluster().adminUrl, async (client) => {
    const { rows } = await client.query<{ bytes: Buffer }>('SELECT convert_to($1, $2) AS bytes', [name, encoding]);
    expect(decoderFor(encoding)(rows[0]?.bytes ?? Buffer.alloc(0)) === name).toBe(!NOT_READ.has(encoding));
  });
});

it('a backup is refused where the server reads a name otherwise, and the name is told', async () => {
  const database = 'enc_unreadable';
  await withClient(testCluster().adminUrl, (client) =>
    client.query(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'EUC_TW' LC_COLLATE 'C' LC_CTYPE 'C'`),
  );
  try {
    const url = testCluster().url(database);
    await withClient(url, (client) => client.query('CREATE TABLE "顧客" (id int)'));
    const refused = withBackup(url, () => Promise.resolve());
    await expect(refused).rejects.toThrow('names that cannot be decoded: the relation 顧');
  } finally {
    await withClient(testCluster().adminUrl, (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
  }
});

describe.each(WORLDS)('a database in %s', (encoding, clientEncoding, sql) => {
  const { signal } = new AbortController();
  const onProgress = (): void => undefined;
  const made: string[] = [];
  let directory: string;
  const create = async (name: string): Promise<string> => {
    const database = `enc_${encoding.toLowerCase()}_${name}`;
    await withClient(testCluster().adminUrl, async (db) => {
      await db.query(`DROP DATABASE IF EXISTS ${database}`);
      await db.query(
        `CREATE DATABASE ${database} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
      );
    });
    made.push(database);
    return testCluster().url(database);
  };
  /** Byte for byte, in the database's encoding. */
  const dump = async (url: string): Promise<string> => {
    const { pgDump } = await findTools({ serverVersionNum: 130_000 });
    const output = toolOutput({ command: pgDump, args: [], env: toolEnvironment(parseDatabaseUrl(url)) });
    return (await collect(copies(output))).toString('latin1').replace(/^\\(un)?restrict .*$/gm, '');
  };
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-encodings-'));
  });
  afterAll(async () => {
    await withClient(testCluster().adminUrl, async (db) => {
      for (const name of made) await db.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
    await rm(directory, { recursive: true });
  });

  it.each(['copied', 'archived'])(
    'comes back byte for byte, beside the old one and in its place, rows %s',
    async (rows) => {
      const source = await create(`source_${rows}`);
      await withClient(source, (db) => db.query(`SET client_encoding TO ${clientEncoding}; ${sql}`));
      if (encoding === 'SQL_ASCII') {
        // Bytes that are not valid in any known encoding.
        await withClient(source, (db) =>
          db.query(
            String.raw`DO $$ BEGIN EXECUTE convert_from(decode('CREATE TABLE raw (t text DEFAULT ''\374\344'')', 'escape'), 'SQL_ASCII'); END $$`,
          ),
        );
      }
      const before = await dump(source);
      const name = `${rows}.bscc`;
      const tools = await findTools({ serverVersionNum: 130_000 });
      const storage = new LocalStorage(directory);
      const target = parseDatabaseUrl(source);
      await writeBackup({
        ...{ target, tools, storage, signal, onProgress },
        ...{ name, key: testKey(), jobs: 3, compressionLevel: 1, scope: ['ALL'], createdAt: new Date() },
        ...{ app: { name: 'test', version: '0' }, entities: [] },
      });
      const file = await storage.open(name);
      try {
        const copied = await openContainer(file, testRing);
        const reader = rows === 'copied' ? copied : await withArchivedRows(copied, source, { apart: ['public.*'] });
        const archive = new Archive(reader, signal);
        const copy = parseDatabaseUrl(await create(`copy_${rows}`));
        const leftOut = await loadBackup({
          ...{ archive, address: copy, tools, ownership: 'keep', jobs: 2, signal, onProgress, largeTableBytes: 0 },
        });
        await withConnection(copy, async (client) => {
          await verifyRestored(client, reader.index, signal);
          await verifySchema({ client, archive, leftOut, signal });
        });
        expect(await dump(testCluster().url(copy.database))).toBe(before);
        await withConnection(copy, async (client) => {
          await client.query('BEGIN');
          const order = {
            client,
            archive,
            tools,
            missingRoles: [],
            signal,
            onBytes: onProgress,
            onPostData: onProgress,
          };
          await replaceContent({ ...order, ownership: 'keep' });
          await verifyRestored(client, reader.index, signal);
          await verifySchema({ client, archive, leftOut, signal });
          await client.query('COMMIT');
        });
        expect(await dump(testCluster().url(copy.database))).toBe(before);
      } finally {
        await file.close();
      }
    },
  );
});
