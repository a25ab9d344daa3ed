import { parseDatabaseUrl } from '../src/engine/address/parse-database-url';
import { withConnection } from '../src/engine/postgres/server/connection';
import { readCatalog } from '../src/engine/postgres/dump/catalog';
import { planDump } from '../src/engine/postgres/dump/dump-plan';
import type { Run } from './product';
import type { Facts } from './report';

const CORES = [2, 4, 8, 16];

/**
 * How evenly the streams of a backup came out, and what more cores could give at most: the plan's shares of the bytes say
 * how much sooner the last stream ends than one stream of everything would.
 */
export async function measureStreams(url: string, backup: Run): Promise<Facts> {
  const sizes = Object.entries(backup.meta_json?.checksums ?? {})
    .filter(([name]) => name.startsWith('data/'))
    .map(([, { size }]) => size);
  const facts: Facts = {
    'streams: data streams': sizes.length,
    'streams: largest share of the dumped bytes': Math.max(...sizes) / sum(sizes),
  };
  const { tables } = await withConnection(parseDatabaseUrl(url), (client) => readCatalog(client));
  const total = sum(tables.map(({ sizeBytes }) => sizeBytes));
  for (const cores of CORES) {
    const shares = planDump({ tables }, cores).map((plan) => sum(plan.tables.map(({ sizeBytes }) => sizeBytes)));
    facts[`streams: speed-up at most with ${cores} jobs`] = total / Math.max(1, ...shares);
  }
  return facts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
