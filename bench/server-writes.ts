import { withClient } from '../test/support/cluster';
import type { Cluster } from '../src/embedded/cluster';
import type { Facts } from './report';

interface Written {
  readonly walBytes: number;
  readonly pageBytes: number;
}

/** From this version on checkpoints are counted elsewhere. */
const COUNTS_ELSEWHERE = 170_000;
const PAGE_BYTES = 8_192;

/** Counts what a server writes, because seconds depend on the disk. */
export class ServerWrites {
  private readonly all: Record<string, Written[]> = {};

  constructor(private readonly cluster: Cluster) {}

  /** Counts what the server writes until the work has ended, and what it still has to write then. */
  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = await this.look();
    const result = await work();
    const after = await this.look();
    (this.all[name] ??= []).push({
      walBytes: after.walBytes - before.walBytes,
      pageBytes: after.pageBytes - before.pageBytes,
    });
    return result;
  }

  /** Means of all rounds. */
  facts(): Facts {
    const facts: Facts = {};
    for (const [name, all] of Object.entries(this.all)) {
      const mean = (of: (one: Written) => number): number => all.reduce((sum, one) => sum + of(one), 0) / all.length;
      facts[`${name}: WAL, MB`] = mean(({ walBytes }) => walBytes) / 1e6;
      facts[`${name}: pages written, MB`] = mean(({ pageBytes }) => pageBytes) / 1e6;
    }
    return facts;
  }

  private async look(): Promise<Written> {
    return withClient(this.cluster.adminUrl, async (db) => {
      await db.query('CHECKPOINT');
      const { rows: versions } = await db.query<{ version: string }>(
        `SELECT current_setting('server_version_num') AS version`,
      );
      const pages =
        Number(versions[0]?.version) >= COUNTS_ELSEWHERE
          ? `SELECT sum(writes) FROM pg_stat_io WHERE object = 'relation'`
          : 'SELECT buffers_checkpoint + buffers_clean + buffers_backend FROM pg_stat_bgwriter';
      const { rows } = await db.query<{ wal: string; pages: string }>(
        `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal, (${pages}) AS pages`,
      );
      return { walBytes: Number(rows[0]?.wal), pageBytes: Number(rows[0]?.pages) * PAGE_BYTES };
    });
  }
}
