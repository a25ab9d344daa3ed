import { join } from 'node:path';
import { withClient } from '../test/support/cluster';
import type { Cluster } from '../src/embedded/cluster';
import { Product, type Run } from './product';
import type { Facts, Times } from './report';

/**
 * How long maintenance lasts in a restore that loads while the target is open, and in one that closes it first. The service keeps the
 * old database, without which no restore is online; each copy is dropped before the next restore begins.
 */
export async function measureMaintenance(
  cluster: Cluster,
  database: string,
  directory: string,
  rounds: number,
): Promise<{ readonly times: Times; readonly facts: Facts }> {
  const product = await Product.start(cluster, database, join(directory, 'maintenance'), {
    BERKUT_BACKUP_CONTROL_DB_URL: cluster.url(`${database}_maintenance_control`),
    BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: '1',
  });
  const online: number[] = [];
  const closed: number[] = [];
  try {
    const { id } = await product.backUp();
    for (let round = 1; round <= rounds; round += 1) {
      console.log(`maintenance, round ${round} of ${rounds}`);
      for (const isOnline of round % 2 === 0 ? [false, true] : [true, false]) {
        await product.settle();
        (isOnline ? online : closed).push(maintenanceSeconds(await product.restore(id, isOnline)));
        await dropKept(cluster, database);
      }
    }
  } finally {
    await product.stop();
  }
  return {
    times: { 'maintenance: online': online, 'maintenance: closed': closed },
    facts: { 'longest maintenance of an online restore, s': Math.max(...online) },
  };
}

/** From when the other replicas begin to answer 503 until they no longer do. */
function maintenanceSeconds({ steps = [] }: Run): number {
  const from = steps.find(({ name }) => name === 'enter_maintenance')?.started_at;
  const to = steps.find(({ name }) => name === 'exit_maintenance')?.finished_at;
  return (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
}

async function dropKept(cluster: Cluster, database: string): Promise<void> {
  await withClient(cluster.adminUrl, async (db) => {
    const { rows } = await db.query<{ name: string }>(
      'SELECT datname::text AS name FROM pg_database WHERE datname LIKE $1',
      [`${database}\\_before\\_%`],
    );
    for (const { name } of rows) await db.query(`DROP DATABASE "${name}" WITH (FORCE)`);
  });
}
