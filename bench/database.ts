import { withClient } from '../test/support/cluster';
import type { Cluster } from '../src/embedded/cluster';
import { shell } from './shell';

/** Kinds of databases that the bench makes. */
export type Shape = 'mixed' | 'many-tables' | 'large-objects' | 'one-table';

/** 60 of `pgbench -i -s` and 1.5 million events; 5,000 tables; 300,000 large objects. */
export const FULL_SIZE_GB = 1.9;

/**
 * Makes the database to be backed up.
 *
 * @param sizeGb about as much on disk for `mixed` and `one-table`, pgbench and events with JSONB, btree and GIN indexes; the others
 *   have as many tables or objects as belongs to their share of {@link FULL_SIZE_GB}
 */
export async function makeDatabase(cluster: Cluster, name: string, shape: Shape, sizeGb: number): Promise<void> {
  await withClient(cluster.adminUrl, (db) => db.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  const url = cluster.url(name);
  const share = sizeGb / FULL_SIZE_GB;
  await withClient(url, async (db) => {
    if (shape === 'many-tables') {
      const tables = Math.max(1, Math.round(5000 * share));
      // In portions: each table takes locks until its transaction ends.
      for (let from = 1; from <= tables; from += 500) {
        await db.query(`DO $$ BEGIN FOR i IN ${from}..${Math.min(tables, from + 499)} LOOP
          EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text); INSERT INTO t%s SELECT n, md5(n::text) FROM generate_series(1, 20) n', i, i);
        END LOOP; END $$`);
      }
    } else if (shape === 'large-objects') {
      await db.query(
        `SELECT lo_from_bytea(100000 + n, decode(md5(n::text), 'hex')) FROM generate_series(1, $1::int) n`,
        [Math.max(1, Math.round(300_000 * share))],
      );
    } else {
      const ofPgbench = shape === 'one-table' ? 0.1 : 0.63;
      await shell(`"$PGBENCH" -i -q -s ${Math.max(1, Math.round(share * 60 * (ofPgbench / 0.63)))} "$URL" 2>&1`, {
        PGBENCH: `${cluster.binDirectory}/pgbench`,
        URL: url,
      });
      const events = Math.round(share * 1_500_000 * (shape === 'one-table' ? 2.4 : 1));
      await db.query(
        `CREATE TABLE events (id bigserial PRIMARY KEY, at timestamptz NOT NULL, kind text NOT NULL, body jsonb NOT NULL)`,
      );
      await db.query(
        `INSERT INTO events (at, kind, body)
         SELECT timestamptz '2026-01-01' + n * interval '1 second', 'kind ' || n % 17,
                jsonb_build_object('n', n, 'host', 'host-' || n % 997, 'severity', n % 5, 'message', md5(n::text) || ' ' || md5((n * 7)::text), 'tags', jsonb_build_array('a' || n % 13, 'b' || n % 7))
           FROM generate_series(1, $1::int) n`,
        [events],
      );
      await db.query(
        'CREATE INDEX ON events (at); CREATE INDEX ON events (kind, at); CREATE INDEX ON events USING gin (body jsonb_path_ops)',
      );
    }
    await db.query('VACUUM ANALYZE');
  });
}
