import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from '../../src/engine/postgres/archive/archive';
import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { openContainer } from '../../src/engine/container/read/container-reader';
import type { DatabaseAddress } from '../../src/engine/address/database-address';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { connect, withConnection } from '../../src/engine/postgres/server/connection';
import { readLoadSettings } from '../../src/engine/postgres/load/load-settings';
import { replaceContent, type ReplacedContent } from '../../src/engine/postgres/load/replace-content';
import { type ScopedResult, loadScope } from '../../src/engine/postgres/load/scoped-load';
import { findTools, type PostgresTools } from '../../src/engine/postgres/server/tools';
import { verifyRestored } from '../../src/engine/postgres/check/verify-restored';
import { verifySchema } from '../../src/engine/postgres/check/verify-schema';
import { verifyViews } from '../../src/engine/postgres/check/verify-views';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { writeBackup } from '../../src/engine/backup/write-backup';
import { testCluster } from './cluster';
import { testKey, testRing } from './containers';
import { inPublic } from './in-public';

const { signal } = new AbortController();
const nothing = (): void => undefined;

/** A backup of a database, and ways to put it back that need no service. */
export interface TestBackup {
  readonly reader: BackupReader;
  readonly tools: PostgresTools;
  /** Replaces the content of a database, in one transaction, and counts its rows. */
  replaceIn(url: string, missingRoles?: readonly string[], allowsIncomplete?: boolean): Promise<ReplacedContent>;
  /** Replaces the rows of some tables in `public`, in one transaction. */
  loadInto(url: string, scopeTables: readonly string[]): Promise<ScopedResult>;
}

/** Backs up a database as its URL's role, with the tools that lie beside the tests' server, and removes the backup afterwards. */
export async function withBackup<T>(url: string, work: (backup: TestBackup) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'berkut-backup-'));
  const pgDumpBin = join(testCluster().binDirectory, 'pg_dump');
  const tools = await findTools({ serverVersionNum: 130_000, pgDumpBin });
  const storage = new LocalStorage(directory);
  try {
    await writeBackup({
      ...{ target: parseDatabaseUrl(url), tools, storage, signal, onProgress: nothing },
      ...{ name: 'one.bscc', key: testKey(), jobs: 2, compressionLevel: 1, scope: ['ALL'], createdAt: new Date() },
      ...{ app: { name: 'test', version: '0' }, entities: [] },
    });
    const file = await storage.open('one.bscc');
    try {
      const reader = await openContainer(file, testRing);
      const archive = new Archive(reader, signal);
      const order = { archive, tools, signal, onBytes: nothing, onPostData: nothing };
      return await work({
        reader,
        tools,
        replaceIn: (target, missingRoles = [], allowsIncomplete = false) =>
          inTransaction(parseDatabaseUrl(target), async (client) => {
            const replaced = await replaceContent({
              ...{ ...order, client, ownership: 'keep', missingRoles, allowsIncomplete },
            });
            const { leftOut } = replaced;
            await verifySchema({ client, archive, leftOut, signal });
            await verifyViews({ client, archive, leftOut, signal });
            await verifyRestored(client, reader.index, signal);
            return replaced;
          }),
        loadInto: (target, scopeTables) =>
          inTransaction(parseDatabaseUrl(target), (client) =>
            loadScope({ ...order, client, scopeTables: inPublic(...scopeTables) }),
          ),
      });
    } finally {
      await file.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

type Client = Awaited<ReturnType<typeof connect>>;

async function inTransaction<T>(address: DatabaseAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(address, {
    settings: await withConnection(address, (fresh) => readLoadSettings(fresh)),
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } finally {
    await client.end();
  }
}
