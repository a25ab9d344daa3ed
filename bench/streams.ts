import { parseDatabaseUrl } from '../src/engine/address/parse-database-url';
import { withConnection } from '../src/engine/postgres/server/connection';
import { readRowTables, type RowTable } from '../src/engine/postgres/dump/row-tables';
import { PartQueue } from '../src/engine/postgres/rows/part-queue';
import type { Run } from './product';
import type { Facts } from './report';

const CORES = [2, 4, 8, 16];

/**
 * How evenly the streams of a backup came out, and what more cores could give at most: how much sooner the last of some
 * connections that take parts from one queue is done than a single one would be, if time went by bytes alone.
 */
export async function measureStreams(url: string, backup: Run): Promise<Facts> {
  const sizes = Object.entries(backup.meta_json?.checksums ?? {})
    .filter(([name]) => name.startsWith('rows/'))
    .map(([, { size }]) => size);
  const facts: Facts = {
    'streams: streams of rows': sizes.length,
    'streams: largest share of the copied bytes': Math.max(...sizes) / sum(sizes),
  };
  const { tables } = await withConnection(parseDatabaseUrl(url), (client) => readRowTables(client));
  const total = sum(tables.map(({ sizeBytes }) => sizeBytes));
  for (const cores of CORES) {
    facts[`streams: speed-up at most with ${cores} jobs`] = total / Math.max(1, ...sharesOf(tables, cores));
  }
  return facts;
}

/** What each connection copies, bytes on disk. */
function sharesOf(tables: readonly RowTable[], connections: number): number[] {
  const queue = new PartQueue(tables, { connections, canSplit: true });
  const shares = Array.from({ length: connections }, () => 0);
  for (let part = queue.take(); part !== undefined; part = queue.take()) {
    const first = shares.indexOf(Math.min(...shares));
    shares[first] = (shares[first] ?? 0) + part.sizeBytes;
  }
  return shares;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
