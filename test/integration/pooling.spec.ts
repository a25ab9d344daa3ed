import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { SharedSessionsError, sharesSessions } from '../../src/engine/postgres/server/pooling';
import { findTools } from '../../src/engine/postgres/server/tools';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { testCluster, type TestDatabase } from '../support/cluster';
import { testKey } from '../support/containers';
import { startPooler } from '../support/pooler';

describe('a target behind PgBouncer', () => {
  let directory: string;
  let target: TestDatabase;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-pooling-'));
    target = await testCluster().createDatabase(undefined, { small: true });
  });
  afterAll(async () => {
    await target.drop();
    await rm(directory, { recursive: true });
  });

  const backUp = async (url: string) =>
    writeBackup({
      target: parseDatabaseUrl(url),
      tools: await findTools({ serverVersionNum: 130_000 }),
      storage: new LocalStorage(directory),
      name: 'one.bscc',
      key: testKey(),
      jobs: 1,
      compressionLevel: 1,
      scope: ['ALL'],
      createdAt: new Date(),
      app: { name: 'test', version: '0' },
      entities: [],
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });

  it.each([false, true])(
    'is not backed up where sessions are lent for transactions (round robin: %s)',
    async (isRoundRobin) => {
      const pooler = await startPooler(target.url, { mode: 'transaction', isRoundRobin });
      try {
        expect(await sharesSessions(parseDatabaseUrl(pooler.url))).toBe(true);
        await expect(backUp(pooler.url)).rejects.toBeInstanceOf(SharedSessionsError);
        expect(await readdir(directory)).toEqual([]);
      } finally {
        await pooler.stop();
      }
    },
  );

  it('is backed up where each client has a session of its own', async () => {
    const pooler = await startPooler(target.url, { mode: 'session' });
    try {
      expect((await backUp(pooler.url)).index.tables.length).toBeGreaterThan(0);
    } finally {
      await pooler.stop();
    }
  });
});
