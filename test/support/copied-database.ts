import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeIdentifier } from 'pg';
import { Archive } from '../../src/engine/postgres/archive/archive';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { type DatabaseAddress, withDatabase } from '../../src/engine/address/database-address';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { withConnection } from '../../src/engine/postgres/server/connection';
import { readProperties } from '../../src/engine/postgres/database/database-properties';
import { createStaging, openStaging } from '../../src/engine/postgres/database/staging';
import { findTools } from '../../src/engine/postgres/server/tools';
import { verifyRestored } from '../../src/engine/postgres/check/verify-restored';
import { verifyViews } from '../../src/engine/postgres/check/verify-views';
import { loadBackup } from '../../src/engine/backup/read-backup';
import type { LoadOrder, LoadRoleOrder } from '../../src/engine/backup/load-order';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { testCluster, withClient } from './cluster';
import { testKey, testRing } from './containers';

const { signal } = new AbortController();

/** A database that was backed up and loaded again, into one like it under another name. */
export interface CopiedDatabase {
  readonly url: string;
  readonly result: Awaited<ReturnType<typeof loadBackup>>;
  readonly reader: BackupReader;
}

/** How it is copied. */
export interface CopyOptions {
  /** URL of the database, as the role that loads. Backups are made by the superuser. */
  readonly as?: string;
  readonly jobs?: number;
  readonly order?: Partial<LoadOrder>;
  /** Makes other archives of those of the backup. */
  readonly reader?: (reader: BackupReader) => BackupReader | Promise<BackupReader>;
}

/**
 * Copies a database as a restore does, without the service: backup, staging, load, count.
 *
 * @param url as superuser
 * @param work is given the copy, which is gone afterwards
 */
export async function withCopy<T>(
  url: string,
  work: (copy: CopiedDatabase) => Promise<T>,
  options: CopyOptions = {},
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'berkut-copy-'));
  const source = parseDatabaseUrl(url);
  const target = parseDatabaseUrl(options.as ?? url);
  const staging = `${source.database.slice(0, 40)}_copy`;
  const tools = await findTools({ serverVersionNum: 130_000 });
  const storage = new LocalStorage(directory);
  const onProgress = (): void => undefined;
  try {
    await writeBackup({
      ...{
        target: source,
        tools,
        storage,
        signal,
        onProgress,
        name: 'one.bscc',
        key: testKey(),
        jobs: options.jobs ?? 2,
      },
      ...{
        compressionLevel: 1,
        scope: ['ALL'],
        createdAt: new Date(),
        app: { name: 'test', version: '0' },
        entities: [],
      },
    });
    const file = await storage.open('one.bscc');
    try {
      const opened = await openContainer(file, testRing);
      const reader = (await options.reader?.(opened)) ?? opened;
      const archive = new Archive(reader, signal);
      const address = await openAsTarget(withDatabase(target, 'postgres'), source.database, staging);
      const result = await loadBackup({
        ...{ archive, address, tools, ownership: 'keep', jobs: 2, signal, onProgress, settingsOf: source.database },
        loadRole: testLoadRole(),
        ...options.order,
      });
      await withConnection(address, async (client) => {
        await verifyRestored(client, reader.index, signal);
        await verifyViews({ client, archive, leftOut: result, signal });
      });
      return await work({ url: testCluster().url(staging), result, reader });
    } finally {
      await file.close();
    }
  } finally {
    await withClient(testCluster().adminUrl, (admin) =>
      admin.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(staging)} WITH (FORCE)`),
    );
    await rm(directory, { recursive: true });
  }
}

/** As a service makes it; all that could go wrong with it does. */
export function testLoadRole(): LoadRoleOrder {
  const refuse = (what: unknown): never => {
    throw new Error('the role that loads rows', { cause: what });
  };
  const name = `berkut_load_${randomBytes(8).toString('hex')}`;
  return { name, owner: 'a test', onNotUsed: () => refuse('not used'), onStays: refuse };
}

async function openAsTarget(admin: DatabaseAddress, target: string, staging: string): Promise<DatabaseAddress> {
  await withConnection(admin, async (client) => {
    const properties = await readProperties(client, target);
    await createStaging(client, staging, properties);
    await openStaging(client, staging, properties);
  });
  return withDatabase(admin, staging);
}
