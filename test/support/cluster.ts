import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { z } from 'zod';
import { type Cluster, startCluster } from '../../src/embedded/cluster';
import { loadDemo } from '../../src/embedded/demo/load-demo';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { prepareControlDatabase } from '../../src/kernel/database/control-database';
import { WHOLE } from './small-target';

/** Environment variable through which global-setup.ts tells the workers where the shared server is. */
export const SHARED_CLUSTER = 'BERKUT_TEST_CLUSTER';

/** What a test's database may hold from the beginning, and what fills the template that it is copied from. */
const CONTENTS = {
  demo: (url: string) => withClient(url, loadDemo),
  small: (url: string) =>
    withClient(url, async (client) => {
      await client.query(WHOLE);
    }),
  control: (url: string) => prepareControlDatabase(parseDatabaseUrl(url)),
} as const;

const CONTENT_NAMES = ['demo', 'small', 'control'] as const;
type Content = (typeof CONTENT_NAMES)[number];

/** A database made for one test; `drop` ends its sessions, and may be called when the test has dropped it itself. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** The server that all tests of one Jest run share. It ends with Jest, however Jest ends. */
export interface TestCluster {
  /** Superuser unless another user, with the password, is named. */
  url(database: string, user?: string, password?: string): string;
  readonly adminUrl: string;
  readonly binDirectory: string;
  /**
   * An empty database, a copy of the demo database or of the small target, or a control database as a service leaves it; a
   * name of its own when none is asked for.
   */
  createDatabase(name?: string, options?: { readonly [content in Content]?: boolean }): Promise<TestDatabase>;
}

/** What the workers need to know about the shared server. */
export type SharedCluster = z.infer<typeof sharedClusterShape>;
const sharedClusterShape = z.object({ adminUrl: z.string(), binDirectory: z.string() });

/** The server of this Jest run. */
export function testCluster(): TestCluster {
  const shared = process.env[SHARED_CLUSTER];
  if (shared === undefined) throw new Error('no shared cluster: run the tests through jest.config.js');
  const { adminUrl, binDirectory } = sharedClusterShape.parse(JSON.parse(shared));
  const url = (database: string, user?: string, password?: string): string => {
    const address = new URL(adminUrl);
    address.pathname = `/${encodeURIComponent(database)}`;
    if (user !== undefined) address.username = encodeURIComponent(user);
    if (password !== undefined) address.password = encodeURIComponent(password);
    return address.href;
  };
  return {
    url,
    adminUrl,
    binDirectory,
    async createDatabase(name = `test_${randomBytes(6).toString('hex')}`, options = {}) {
      await withClient(adminUrl, async (client) => {
        const content = CONTENT_NAMES.find((name) => options[name] === true);
        const template = content === undefined ? 'template0' : `${content}_template`;
        if (content !== undefined) await provideTemplate(client, template, () => CONTENTS[content](url(template)));
        await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${template}`);
      });
      return {
        name,
        url: url(name),
        drop: () =>
          withClient(adminUrl, async (client) => {
            await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
          }),
      };
    },
  };
}

/** A server of its own for a test that breaks servers; in a new temporary directory that goes away with it. */
export async function throwawayCluster(
  settings?: Readonly<Record<string, string>>,
  binDirectory?: string,
): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'berkut-test-'));
  try {
    return await startCluster({
      directory,
      isThrowaway: true,
      binDirectory,
      settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', ...settings },
    });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

// The first worker that needs a template fills it, the others wait for the lock; copies take a fraction of a second.
async function provideTemplate(admin: Client, name: string, fill: () => Promise<void>): Promise<void> {
  await admin.query(`SELECT pg_advisory_lock(hashtext($1))`, [name]);
  try {
    const found = await admin.query(`SELECT FROM pg_database WHERE datname = $1 AND datistemplate`, [name]);
    if (found.rowCount === 1) return;
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    await fill();
    await admin.query(`ALTER DATABASE ${name} IS_TEMPLATE true`);
  } finally {
    await admin.query(`SELECT pg_advisory_unlock(hashtext($1))`, [name]);
  }
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
