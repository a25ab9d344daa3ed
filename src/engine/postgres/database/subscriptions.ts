import type pg from 'pg';

/** A subscription that is gone, and the replication slot that it has left at its publisher. */
export interface DroppedSubscription {
  readonly name: string;
  /** `null`: it had none. */
  readonly slot: string | null;
}

/** Those of the connected database; the catalog has those of all. */
const OWN = `subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;

/**
 * Drops the subscriptions of the database in the client's transaction, without asking a publisher: a slot there cannot be dropped in
 * a transaction. It takes a lock that keeps every session on the server from reading subscriptions, `pg_dump` of other databases
 * included: to be called as late as possible.
 *
 * @throws the driver's error
 */
export async function dropSubscriptions(client: pg.Client): Promise<DroppedSubscription[]> {
  const { rows } = await client.query<DroppedSubscription>(
    `SELECT subname::text AS name, subslotname::text AS slot FROM pg_catalog.pg_subscription WHERE ${OWN} ORDER BY 1`,
  );
  if (rows.length === 0) return [];
  await client.query(`
    DO $drop$
    DECLARE item record;
    BEGIN
      FOR item IN SELECT subname, subenabled, subslotname FROM pg_catalog.pg_subscription WHERE ${OWN} LOOP
        IF item.subenabled THEN EXECUTE pg_catalog.format('ALTER SUBSCRIPTION %I DISABLE', item.subname); END IF;
        IF item.subslotname IS NOT NULL THEN EXECUTE pg_catalog.format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', item.subname); END IF;
        EXECUTE pg_catalog.format('DROP SUBSCRIPTION %I', item.subname);
      END LOOP;
    END $drop$`);
  return rows;
}

/** Whether tables of the database are being copied from a publisher: they cannot be dropped before their subscription. */
export async function isCopying(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_catalog.pg_subscription_rel r JOIN pg_catalog.pg_class c ON c.oid = r.srrelid WHERE r.srsubstate <> 'r' LIMIT 1`,
  );
  return rowCount !== 0;
}
