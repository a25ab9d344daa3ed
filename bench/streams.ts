import { parseDatabaseUrl } from '../src/engine/address/parse-database-url';
import { readRowTables } from '../src/engine/postgres/dump/row-tables';
import { withConnection } from '../src/engine/postgres/server/connection';
import type { Run, Usage } from './product';
import type { Facts } from './report';
import { type CostOfByte, simulateCopy } from './simulated-copy';
import { mean } from './statistics';

const CORES = [2, 4, 8, 16];

/**
 * How evenly the streams of a backup came out, and how copying would go with more cores, by the queue of parts and by what a byte
 * has cost here.
 *
 * @param usage of the backups; without any there is no simulation
 */
export async function measureStreams(url: string, backup: Run, usage: readonly Usage[]): Promise<Facts> {
  const sizes = Object.entries(backup.meta_json?.checksums ?? {})
    .filter(([name]) => name.startsWith('rows/'))
    .map(([, { size }]) => size);
  // A database of large objects alone has none.
  if (sizes.length === 0) return {};
  const facts: Facts = {
    'streams: streams of rows': sizes.length,
    'streams: largest share of the copied bytes': Math.max(...sizes) / sum(sizes),
  };
  if (usage.length === 0) return facts;
  const { tables } = await withConnection(parseDatabaseUrl(url), (client) => readRowTables(client));
  const total = sum(tables.map(({ sizeBytes }) => sizeBytes));
  const costOf = (part: (usage: Usage) => number): number => mean(usage.map(part)) / total;
  const cost: CostOfByte = {
    server: costOf(({ server }) => server),
    main: costOf(({ main }) => main),
    pool: costOf(({ pool }) => pool),
  };
  for (const [name, seconds] of Object.entries(cost)) facts[`copy: ${name}, s/GB on disk`] = seconds * 1e9;
  for (const cores of CORES) {
    const { seconds, mainShare, tailShare } = simulateCopy(tables, cores, cost);
    facts[`copy with ${cores} cores, simulated, s`] = seconds;
    facts[`copy with ${cores} cores: main thread busy`] = mainShare;
    facts[`copy with ${cores} cores: waiting for the last parts`] = tailShare;
  }
  return facts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
