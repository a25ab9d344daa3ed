import type { Cluster } from '../src/embedded/cluster';
import { withClient } from '../test/support/cluster';
import { makeDatabase } from './database';
import { Product, secondsOf } from './product';
import type { Facts } from './report';

/**
 * Peak memory of a backup and of a restore, and the time of a backup a GB, for databases of several sizes; each with a
 * service of its own, so that none inherits memory.
 */
export async function measureSizes(cluster: Cluster, sizesGb: readonly number[], directory: string): Promise<Facts> {
  const facts: Facts = {};
  const memory: number[] = [];
  const pace: number[] = [];
  for (const sizeGb of [...sizesGb].sort((a, b) => a - b)) {
    const database = `size_${String(sizeGb).replace('.', '_')}`;
    console.log(`size ${sizeGb} GB`);
    await makeDatabase(cluster, database, 'mixed', sizeGb);
    const bytes = await sizeOf(cluster, database);
    const product = await Product.start(cluster, database, `${directory}/${database}`);
    try {
      const first = await product.backUp();
      await product.settle();
      await product.resetUsage();
      const backup = await product.backUp();
      const backupMb = (await product.usage()).peakMemoryBytes / 1e6;
      await product.remove(first.id);
      await product.resetUsage();
      await product.restore(backup.id);
      const restoreMb = (await product.usage()).peakMemoryBytes / 1e6;
      await product.settled();
      facts[`${sizeGb} GB: on disk, GB`] = bytes / 1e9;
      facts[`${sizeGb} GB: backup, seconds a GB`] = secondsOf(backup) / (bytes / 1e9);
      facts[`${sizeGb} GB: peak memory of a backup, MB`] = backupMb;
      facts[`${sizeGb} GB: peak memory of a restore, MB`] = restoreMb;
      memory.push(Math.max(backupMb, restoreMb));
      pace.push(secondsOf(backup) / bytes);
    } finally {
      await product.stop();
      await withClient(cluster.adminUrl, (db) => db.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`));
    }
  }
  facts['memory ratio of the sizes'] = (memory.at(-1) ?? NaN) / (memory[0] ?? NaN);
  facts['time ratio of the sizes'] = (pace.at(-1) ?? NaN) / (pace[0] ?? NaN);
  facts['most memory, MB'] = Math.max(...memory);
  return facts;
}

/** Bytes on disk. */
export async function sizeOf(cluster: Cluster, database: string): Promise<number> {
  const { rows } = await withClient(cluster.adminUrl, (db) =>
    db.query<{ size: string }>('SELECT pg_database_size($1) AS size', [database]),
  );
  return Number(rows[0]?.size);
}
