import type { DatabaseAddress } from '../../address/database-address';
import type { SessionSettings } from '../../address/write-address';
import { connect, withConnection } from '../server/connection';

/** Before this version one process builds a GIN index; since then several do, and share out what memory they are given. */
const PARALLEL_SINCE = 180_000;

/** What is collected in it stays in the processor's cache: 10.5 s with 256 MB are 8.7 s with 32 (docs/performance.md). */
const MEMORY_MB = 32;
const LITTLE: SessionSettings = { maintenance_work_mem: `${MEMORY_MB}MB` };

/**
 * How a GIN index is built soonest: with little memory, if the server's cache holds its table. Of a larger one the pages would be
 * read again for each portion that has been collected.
 *
 * @param tableBytes size of the table on disk
 * @returns settings of the session that builds; none when the server is better left to itself
 * @throws the driver's error, also when no session may have settings of its own: a proxy may refuse them
 */
export async function ginSettings(
  address: DatabaseAddress,
  tableBytes: number,
  signal: AbortSignal,
): Promise<SessionSettings> {
  const isHelped = await withConnection(
    address,
    async (client) => {
      const { rows } = await client.query<{ is_helped: boolean }>(
        `SELECT current_setting('server_version_num')::int < $1
            AND pg_size_bytes(current_setting('maintenance_work_mem')) > pg_size_bytes($2)
            AND pg_size_bytes(current_setting('effective_cache_size')) / 2 >= $3 AS is_helped`,
        [PARALLEL_SINCE, LITTLE['maintenance_work_mem'], tableBytes],
      );
      return rows[0]?.is_helped === true;
    },
    signal,
  );
  if (!isHelped) return {};
  const probe = await connect(address, { settings: LITTLE });
  await probe.end();
  return LITTLE;
}
