import type pg from 'pg';

/** Before this version one process builds a GIN index; since then several do, and share out what memory they are given. */
const PARALLEL_SINCE = 180_000;

/** What is collected in it stays in the processor's cache: 10.5 s with 256 MB are 8.7 s with 32 (docs/performance.md). */
const MEMORY_MB = 32;

/**
 * Which tables' GIN indexes are built sooner with little memory: those that the server's cache holds with their indexes. Of
 * larger ones the pages would be read again for each portion that has been collected.
 *
 * @returns the largest such table, bytes, and the settings of the session that builds; `undefined` when the server is better left
 *   to itself
 * @throws the driver's error
 */
export async function ginMemory(
  client: pg.Client,
): Promise<{ readonly upToBytes: number; readonly settings: Readonly<Record<string, string>> } | undefined> {
  const { rows } = await client.query<{ version: number; memory: number; cache: number }>(
    `SELECT current_setting('server_version_num')::int AS version,
            pg_size_bytes(current_setting('maintenance_work_mem'))::float8 AS memory,
            pg_size_bytes(current_setting('effective_cache_size'))::float8 AS cache`,
  );
  const [{ version, memory, cache } = { version: 0, memory: 0, cache: 0 }] = rows;
  if (version >= PARALLEL_SINCE || memory <= MEMORY_MB * 1_048_576) return undefined;
  return { upToBytes: cache / 2, settings: { maintenance_work_mem: `${MEMORY_MB}MB` } };
}
