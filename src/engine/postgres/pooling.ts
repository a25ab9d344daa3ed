import { connect, type DatabaseAddress } from './connection';

/**
 * Whether something between us and the server lends out sessions for single transactions. Snapshots, settings and locks
 * of a session would then belong to whoever comes next. Told by a setting of ours that is gone after another client has
 * taken the session meanwhile.
 */
export async function sharesSessions(address: DatabaseAddress): Promise<boolean> {
  const first = await connect(address);
  try {
    const second = await connect(address);
    try {
      await first.query(`SELECT pg_catalog.set_config('berkut.session', 'first', false)`);
      await second.query('BEGIN');
      // A pooler gives out the session that was used last: ours, if it is shared.
      await second.query('SELECT 1');
      const { rows } = await first.query<{ session: string | null }>(
        `SELECT pg_catalog.current_setting('berkut.session', true) AS session`,
      );
      return rows[0]?.session !== 'first';
    } finally {
      await second.end().catch(() => undefined);
    }
  } finally {
    await first.end().catch(() => undefined);
  }
}
