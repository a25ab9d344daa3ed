import type pg from 'pg';
import { type Finding, warning } from '../../findings/finding';

/**
 * Names the replication slots that a restore leaves at publishers, by swap or in place: subscriptions of the target go, and those of the
 * backup come back without a slot.
 *
 * @param admin connected to any database of the server
 */
export async function slotWarnings(admin: pg.Client, target: string): Promise<Finding[]> {
  const { rows } = await admin.query<{ name: string; slot: string }>(
    `SELECT subname::text AS name, subslotname::text AS slot
       FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
      WHERE d.datname = $1 AND subslotname IS NOT NULL ORDER BY 1`,
    [target],
  );
  return rows.map(({ name, slot }) => warning('target.subscription_lost', { subscription: name, slot }));
}
