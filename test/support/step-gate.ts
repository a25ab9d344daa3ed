import { Client } from 'pg';
import type { TestDatabase } from './cluster';
import { withClient } from './cluster';
import { eventually } from './eventually';

/** What a gate waits for. */
export interface GateRule {
  readonly table: 'restore_runs' | 'backups' | 'due_runs' | 'audit_records';
  readonly on: 'INSERT' | 'UPDATE' | 'DELETE';
  /** SQL over `old` and `new`, rows of the table; without subqueries. */
  readonly condition: string;
}

/**
 * Stops a service at the moment it records something, with the record sent and not yet committed. What is then killed
 * has either not recorded it ({@link remove} alone) or recorded it and done nothing more (frozen first, then {@link pass}).
 */
export interface StepGate {
  /** Resolves when the service waits at the gate. */
  reached(): Promise<void>;
  /** Lets what waits be committed, and opens the gate for good; resolves once it is committed. */
  pass(): Promise<void>;
  /** Ends the session that waits, so that what it was about to record is never recorded, and takes the gate away. */
  remove(): Promise<void>;
}

/** Advisory locks of two numbers are apart from those of one, which the service uses. */
const KEY = '7, 7';
const WAITING = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = 7 AND objid = 7 AND objsubid = 2
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Puts up a gate: the first change for which the rule holds waits, in its commit, until the gate is passed or removed. */
export async function putGate(control: TestDatabase, { table, on, condition }: GateRule): Promise<StepGate> {
  const holder = new Client({ connectionString: control.url });
  holder.on('error', () => undefined);
  await holder.connect();
  // Deferred: a service that is frozen meanwhile has sent its COMMIT and hears nothing of it.
  await holder.query(`
    SELECT pg_advisory_lock(${KEY});
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${KEY});
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER ${on} ON ${table} DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION wait_at_gate()`);
  let waiting: number | undefined;
  return {
    async reached() {
      await eventually(async () => {
        const { rows } = await holder.query<{ pid: number }>(WAITING);
        waiting = rows[0]?.pid;
        return waiting !== undefined;
      });
    },
    async pass() {
      await holder.query(`SELECT pg_advisory_unlock(${KEY})`);
      await eventually(async () => {
        const busy = await holder.query('SELECT FROM pg_stat_activity WHERE pid = $1 AND xact_start IS NOT NULL', [
          waiting,
        ]);
        return busy.rowCount === 0;
      });
    },
    async remove() {
      await withClient(control.url, async (db) => {
        await db.query(`SELECT pg_terminate_backend(pid) FROM (${WAITING}) waiting`);
        await holder.end();
        await db.query(`DROP TRIGGER gate ON ${table}; DROP FUNCTION wait_at_gate`);
      });
    },
  };
}
