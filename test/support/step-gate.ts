import type { TestDatabase } from './cluster';
import { withClient } from './cluster';
import { eventually } from './eventually';

/** Stops a service at the moment it records something, and lets a test kill it there. */
export interface StepGate {
  /** Resolves when the service waits at the gate. */
  reached(): Promise<void>;
  /** Ends the session that waits, so that what it was about to record is never recorded, and takes the gate away. */
  remove(): Promise<void>;
}

/**
 * Puts up a gate: the change of a row for which `condition` holds waits until the gate is removed.
 *
 * @param condition SQL over `old` and `new`
 * @param at which kind of change of which table
 */
export async function putGate(
  control: TestDatabase,
  condition: string,
  at: { event: 'INSERT' | 'UPDATE' | 'DELETE'; table: string } = { event: 'UPDATE', table: 'restore_runs' },
): Promise<StepGate> {
  await withClient(control.url, (db) =>
    db.query(`
      CREATE TABLE gate (is_reached boolean);
      CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF ${condition} THEN
          PERFORM set_config('application_name', 'at the gate', false);
          PERFORM pg_sleep(3600);
        END IF;
        RETURN coalesce(new, old);
      END $$;
      CREATE TRIGGER gate BEFORE ${at.event} ON ${at.table} FOR EACH ROW EXECUTE FUNCTION wait_at_gate()`),
  );
  const waiting = `FROM pg_stat_activity WHERE application_name = 'at the gate' AND datname = current_database()`;
  return {
    reached: () =>
      eventually(() => withClient(control.url, async (db) => (await db.query(`SELECT ${waiting}`)).rowCount === 1)),
    async remove() {
      await withClient(control.url, async (db) => {
        await db.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
        await db.query(`DROP TRIGGER gate ON ${at.table}; DROP FUNCTION wait_at_gate; DROP TABLE gate`);
      });
    },
  };
}
