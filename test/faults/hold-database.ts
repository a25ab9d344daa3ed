import { Client } from 'pg';
import { testCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

/** Keeps a database from being closed, opened or renamed for a while. */
interface HeldDatabase {
  /** Resolves when another session waits for us to let go of it. */
  waitedFor(): Promise<void>;
  release(): Promise<void>;
}

/** Changes the database's row in the catalogue and does not commit: the next session that changes it waits. */
export async function holdDatabase(name: string): Promise<HeldDatabase> {
  const { adminUrl } = testCluster();
  const holder = new Client({ connectionString: adminUrl });
  // Its session may be ended for being in the way.
  holder.on('error', () => undefined);
  await holder.connect();
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await holder.query(`BEGIN; ALTER DATABASE "${name}" CONNECTION LIMIT -1`);
  return {
    waitedFor: () =>
      // Not over the holder's connection: within its transaction the list of sessions never changes.
      eventually(() =>
        withClient(adminUrl, async (db) => {
          const waiting = `SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))`;
          return ((await db.query(waiting, [rows[0]?.pid])).rowCount ?? 0) > 0;
        }),
      ),
    async release() {
      await holder.query('ROLLBACK');
      await holder.end();
    },
  };
}
