import { withConnection } from '../../engine/postgres/server/connection';
import type { AppConfig } from '../../kernel/config/config';
import type { LeftoverItem } from '../../restore/leftovers/leftover';
import { helpFor } from '../../restore/leftovers/own-leftovers';
import type { Diagnosis } from './diagnosis';

interface Row {
  readonly run_id: string;
  readonly name: string;
  readonly item: LeftoverItem;
  readonly reason: string | null;
  readonly since: Date;
}

/** What restore runs have left and the service could not remove yet. Says nothing where the control database is not there. */
export async function checkLeftovers(config: AppConfig): Promise<Diagnosis[]> {
  const rows = await withConnection(config.control, async (client) => {
    const table = await client.query(`SELECT WHERE to_regclass('restore_leftovers') IS NOT NULL`);
    if (table.rowCount === 0) return [];
    const found = await client.query<Row>(
      'SELECT run_id::text, name, item, reason, since FROM restore_leftovers ORDER BY since, run_id, kind',
    );
    return found.rows;
  }).catch(() => []);
  const commands = await Promise.all(rows.map(({ item, run_id: runId }) => helpFor(item, Number(runId), config)));
  return rows.map(({ run_id: runId, name, reason, since }, i) => ({
    check: 'leftovers',
    state: 'warning',
    message: `${name}, which restore run ${runId} has left, is still there since ${since.toISOString()}${reason === null ? '' : `: ${reason}`}`,
    advice: `it is tried again; by hand: ${commands[i] ?? ''}`,
  }));
}
