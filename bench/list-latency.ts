import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../test/support/cluster';
import type { Product } from './product';
import { median, percentile } from './statistics';

/** Fills the catalogue with finished backups that have no files. */
export async function fillCatalogue(product: Product, count: number): Promise<void> {
  await withClient(product.controlUrl, async (db) => {
    await db.query(`DELETE FROM backups WHERE requested_by = 'filler'`);
    await db.query(
      `INSERT INTO backups (id, source, trigger, status, scope, include_files, requested_by, storage_name, size_bytes, checksum, key_id, meta, created_at, updated_at, finished_at)
       SELECT 1000000 + n, 'local', 'scheduled', 'success', '{ALL}', false, 'filler', 'filler-' || n, n, md5(n::text) || md5(n::text), 'k',
              (SELECT meta FROM backups WHERE status = 'success' AND requested_by <> 'filler' LIMIT 1),
              now() - n * interval '1 minute', now(), now() - n * interval '1 minute'
         FROM generate_series(1, $1::int) n`,
      [count],
    );
    await db.query('ANALYZE backups');
  });
}

/** Takes the filling away. */
export async function emptyCatalogue(product: Product): Promise<void> {
  await withClient(product.controlUrl, (db) => db.query(`DELETE FROM backups WHERE requested_by = 'filler'`));
}

/** 50 requests a second. */
const EVERY_MS = 20;

/** Milliseconds at the 99th percentile of the list, asked for 50 times a second, whatever the answers take. */
export async function latencyUnderLoad(product: Product, isOver: () => boolean): Promise<number> {
  const taken: number[] = [];
  const asked: Promise<void>[] = [];
  const begun = performance.now();
  for (let due = begun; !isOver(); due += EVERY_MS) {
    await delay(Math.max(0, due - performance.now()));
    asked.push(
      (async () => {
        await product.call('GET', '/backups');
        // From when it was due: what could not even be asked in time has waited, too.
        taken.push(performance.now() - due);
      })(),
    );
  }
  await Promise.all(asked);
  return percentile(taken, 0.99);
}

/** Milliseconds that the newest hundred take, in the middle of many. */
export async function newestHundred(product: Product): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < 150; i += 1) {
    const startedAt = performance.now();
    await product.call('GET', '/backups?limit=100');
    taken.push(performance.now() - startedAt);
  }
  return median(taken.slice(20));
}
