import pg from 'pg';
import { type Finding, problem } from '../../findings/finding';

/** Commands by which a restore of scopes changes tables: constraints dropped and made again, triggers off and on. */
const FOREIGN = `
  SELECT evtname::text AS name FROM pg_catalog.pg_event_trigger
   WHERE evtenabled <> 'D' AND evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop', 'table_rewrite')
     AND (evttags IS NULL OR 'ALTER TABLE' = ANY (evttags)) AND NOT pg_catalog.pg_has_role(evtowner, 'USAGE')
   ORDER BY 1`;

/** Event triggers at the beginning and the end of a command run for a table that is not there, too. */
const WITHOUT_TABLE = 'ALTER TABLE IF EXISTS pg_temp.berkut_probe DISABLE TRIGGER USER';

/** SQLSTATE read_only_sql_transaction. */
const READ_ONLY = '25006';

/** What only a table can tell. */
const PROBE = ['DISABLE TRIGGER USER', 'DROP CONSTRAINT probe', 'ADD CONSTRAINT probe CHECK (probe > 0)'];

/**
 * Finds event triggers that refuse to let the role change tables, and that it may not turn off. What they refuse is only known by
 * trying, which is done on a temporary table and rolled back.
 *
 * @param client connected to the target
 */
export async function eventTriggerProblems(client: pg.Client): Promise<Finding[]> {
  const { rows } = await client.query<{ name: string }>(FOREIGN);
  if (rows.length === 0) return [];
  await client.query('BEGIN');
  try {
    await client.query(WITHOUT_TABLE);
    if (!(await madeTable(client))) return [];
    for (const change of PROBE) await client.query(`ALTER TABLE pg_temp.berkut_probe ${change}`);
    return [];
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    // A server in recovery refuses everything, which is said elsewhere.
    if (error.code === READ_ONLY) return [];
    return [problem('scope.event_trigger', { triggers: rows.map(({ name }) => name) })];
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Without a table to try it on nothing more is known. */
async function madeTable(client: pg.Client): Promise<boolean> {
  try {
    await client.query('CREATE TEMPORARY TABLE berkut_probe (probe int CONSTRAINT probe CHECK (probe > 0))');
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError) return false;
    throw error;
  }
}
