import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { throwawayCluster, withClient } from '../support/cluster';
import type { JsonClient } from '../support/json-client';
import { memoryOf } from '../support/process-memory';
import { killedService, type KilledService } from './killed-service';
import { FULL, IN_PLACE, REHEARSAL, type RestoreModeUnderTest, SCOPED } from './restore-modes';

const TABLES = 2_000;
const LARGE_OBJECTS = 200_000;
/** In place each object is locked, the old one and the new one. No server has room for so many unless it is told to. */
const LOCKS_PER_TRANSACTION = Math.ceil((8 * (LARGE_OBJECTS + 4 * TABLES)) / 100);
const SAMPLE_EVERY_MS = 20;

/**
 * What may lie between a run of next to nothing and one of everything: buffers in use, what the allocator keeps, and what waits
 * for the collector, which begins when a heap of 50 MB has doubled. Kept lists of 200,000 objects took 300 MB.
 */
const SERVICE_ALLOWANCE_BYTES = 128 * 1024 * 1024;
/** `pg_dump` and `pg_restore` keep the list of what an archive holds, about 1 kB for each object. */
const TOOLS_ALLOWANCE_BYTES = 64 * 1024 * 1024 + (TABLES + LARGE_OBJECTS) * 1_500;

/** Most of the memory that a process and its children had at once, bytes. */
interface Peak {
  readonly service: number;
  readonly tools: number;
}

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  const own = lists.flatMap((list) =>
    list
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
  return [...own, ...(await Promise.all(own.map(childrenOf))).flat()];
}

/** The kernel remembers the service's own peak; children come and go, and are looked at again and again. */
async function peakDuring(pid: number, work: () => Promise<void>): Promise<Peak> {
  const done = new AbortController();
  let tools = 0;
  const watching = (async () => {
    while (!done.signal.aborted) {
      const sizes = await Promise.all((await childrenOf(pid)).map((child) => memoryOf(child, 'VmRSS')));
      tools = Math.max(tools, ...sizes);
      await delay(SAMPLE_EVERY_MS);
    }
  })();
  await work().finally(() => done.abort());
  await watching;
  return { service: await memoryOf(pid, 'VmHWM'), tools };
}

/** The same with little and with much of it. */
async function makeTarget(service: KilledService, tables: number, largeObjects: number): Promise<void> {
  await withClient(service.target.url, async (db) => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE tasks (id int PRIMARY KEY, owner int REFERENCES users);
                    INSERT INTO users VALUES (1); INSERT INTO tasks VALUES (1, 1)`);
    await db.query(`DO $$ BEGIN FOR i IN 1..${tables} LOOP
      EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text); INSERT INTO t%s VALUES (%s, ''x'')', i, i, i); END LOOP; END $$`);
    await db.query('SELECT lo_from_bytea(n, n::text::bytea) FROM generate_series(100000, 99999 + $1::int) n', [
      largeObjects,
    ]);
  });
}

const MODES = [FULL, IN_PLACE, SCOPED, REHEARSAL];

/** The peak of each, in a process of its own: the kernel's mark never goes down. */
async function peaksOf(tables: number, largeObjects: number): Promise<Map<string, Peak>> {
  const server = await throwawayCluster({ max_locks_per_transaction: String(LOCKS_PER_TRANSACTION) });
  await withClient(server.adminUrl, (db) => db.query('CREATE DATABASE scc'));
  const target = { name: 'scc', url: server.url('scc'), drop: () => server.stop() };
  const service = await killedService({}, { target });
  const peaks = new Map<string, Peak>();
  const inOneProcess = async (
    what: string,
    environment: Readonly<Record<string, string>>,
    work: (client: JsonClient) => Promise<void>,
  ) => {
    const client = await service.start(environment);
    peaks.set(what, await peakDuring(service.pid ?? 0, () => work(client)));
    await service.kill();
  };
  try {
    await makeTarget(service, tables, largeObjects);
    let backupId = 0;
    await inOneProcess('backup', {}, async (client) => {
      const backup = await client.backUp();
      expect(backup.status).toBe('success');
      backupId = backup.id;
    });
    const restoreIn = (mode: RestoreModeUnderTest) => async (client: JsonClient) => {
      const { body } = await mode.begin(client, backupId, service.target.name);
      expect(await client.run(body.restore_id)).toMatchObject({ status: 'success' });
    };
    for (const mode of MODES) {
      await withClient(service.target.url, (db) => db.query('DROP TABLE IF EXISTS t1'));
      await inOneProcess(mode.kind, mode.environment, restoreIn(mode));
    }
    const { rows } = await withClient(service.target.url, (db) =>
      db.query(`SELECT (SELECT count(*)::int FROM pg_class WHERE relname ~ '^t[0-9]+$') AS tables,
                       (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects`),
    );
    // Neither a scoped restore nor a rehearsal, the last two, brings back what was dropped before them.
    expect(rows).toEqual([{ tables: tables - 1, objects: largeObjects }]);
    return peaks;
  } finally {
    await service.remove();
  }
}

/** Large objects are made one by one, in each of five runs: this ends only a test that hangs. */
const LIMIT_MS = 3_600_000;

it(
  `takes no more memory for ${TABLES} tables and ${LARGE_OBJECTS} large objects than for a few`,
  async () => {
    const few = await peaksOf(3, 10);
    const many = await peaksOf(TABLES, LARGE_OBJECTS);
    const judged = [...many].map(([what, { service, tools }]) => {
      const least = few.get(what) ?? { service: 0, tools: 0 };
      expect(least.service).toBeGreaterThan(0);
      const grown = { service: service - least.service, tools: tools - least.tools };
      const isFlat = grown.service < SERVICE_ALLOWANCE_BYTES && grown.tools < TOOLS_ALLOWANCE_BYTES;
      return { what, grown, isFlat };
    });
    // All of them with their numbers, for a developer who has to find the reason.
    expect(judged).toEqual(judged.map((one) => ({ ...one, isFlat: true })));
  },
  LIMIT_MS,
);
