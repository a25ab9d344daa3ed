import type { Cluster } from '../src/embedded/cluster';
import { parseDatabaseUrl } from '../src/engine/address/parse-database-url';
import { compareDatabases, type TableComparison } from '../src/engine/postgres/compare/compare-databases';
import { withClient } from '../test/support/cluster';
import type { Facts, Times } from './report';
import { timed } from './shell';

const FULL_ROWS = 5_000_000;
const SIDES = ['backup', 'target'] as const;
/** Columns beside the key, and their values. */
const FORMS = {
  'plain columns': {
    columns: 'n integer, amount numeric(12, 2), name text, words text, at timestamptz',
    values: `i % 997, i / 7.0, 'name ' || i % 5000, md5(i::text), timestamptz '2026-01-01' + i * interval '1 second'`,
  },
  'a jsonb, too': {
    columns: 'n integer, amount numeric(12, 2), name text, words text, at timestamptz, body jsonb',
    values: `i % 997, i / 7.0, 'name ' || i % 5000, md5(i::text), timestamptz '2026-01-01' + i * interval '1 second',
             jsonb_build_object('n', i, 'host', 'host-' || i % 997, 'severity', i % 5, 'message', md5(i::text), 'tags', jsonb_build_array('a', i % 7))`,
  },
} as const;

/**
 * How long it takes to find two tables of five million rows equal, in two databases of one server, against counting the rows of both.
 *
 * @param share of the full size
 */
export async function measureComparison(
  cluster: Cluster,
  share: number,
  rounds: number,
): Promise<{ readonly times: Times; readonly facts: Facts }> {
  const times: Times = {};
  const add = (name: string, seconds: number): void => void (times[name] ??= []).push(seconds);
  const before = process.memoryUsage.rss();
  let most = before;
  const looking = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100);
  try {
    for (const [form, { columns, values }] of Object.entries(FORMS)) {
      for (const side of SIDES) {
        await withClient(cluster.adminUrl, (db) => db.query(`CREATE DATABASE comparison_${side} TEMPLATE template0`));
        await withClient(cluster.url(`comparison_${side}`), async (db) => {
          await db.query(`CREATE TABLE compared (id bigint PRIMARY KEY, ${columns})`);
          await db.query(
            `INSERT INTO compared SELECT i, ${values} FROM generate_series(1, ${Math.round(share * FULL_ROWS)}) AS i`,
          );
          await db.query('VACUUM ANALYZE compared');
        });
      }
      for (let round = 1; round <= rounds; round += 1) {
        console.log(`comparison, ${form}, round ${round} of ${rounds}`);
        add(`count of both sides: ${form}`, await timed(() => countBoth(cluster)));
        add(`comparison: ${form}`, await timed(() => compareBoth(cluster)));
      }
      for (const side of SIDES)
        await withClient(cluster.adminUrl, (db) => db.query(`DROP DATABASE comparison_${side}`));
    }
  } finally {
    clearInterval(looking);
  }
  return { times, facts: { 'comparison: memory above idle, MB': (most - before) / 1e6 } };
}

async function countBoth(cluster: Cluster): Promise<void> {
  for (const side of SIDES) {
    await withClient(cluster.url(`comparison_${side}`), (db) => db.query('SELECT count(*) FROM compared'));
  }
}

async function compareBoth(cluster: Cluster): Promise<void> {
  const tables: TableComparison[] = [];
  await compareDatabases({
    addresses: {
      backup: parseDatabaseUrl(cluster.url('comparison_backup')),
      target: parseDatabaseUrl(cluster.url('comparison_target')),
    },
    keysKept: 100,
    allKeysKept: 10_000,
    onDefinitions: () => Promise.resolve(),
    onTable: (table) => Promise.resolve(void tables.push(table)),
    signal: new AbortController().signal,
  });
  const [{ rows } = { rows: undefined }] = tables;
  if (rows?.different !== 0 || rows.onlyInBackup !== 0 || rows.onlyInTarget !== 0) {
    throw new Error(`equal tables were found to differ: ${JSON.stringify(tables)}`);
  }
}
