import { warning } from '../../engine/findings/finding';
import { withConnection } from '../../engine/postgres/server/connection';
import type { AppConfig } from '../../kernel/config/config';
import type { LeftoverItem } from '../../restore/leftovers/leftover';
import { helpFor } from '../../restore/leftovers/own-leftovers';
import { type Diagnosis, found } from './diagnosis';

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
    const { rows: left } = await client.query<Row>(
      'SELECT run_id::text, name, item, reason, since FROM restore_leftovers ORDER BY since, run_id, kind',
    );
    return left;
  }).catch(() => []);
  const commands = await Promise.all(rows.map(({ item, run_id: runId }) => helpFor(item, Number(runId), config)));
  return rows.map(({ run_id: run, name, reason, since }, i) => {
    const names = { name, run, since: since.toISOString(), command: commands[i] ?? '' };
    if (reason === null) return found('leftovers', warning('leftover.waiting', names));
    return found('leftovers', warning('leftover.refused', { ...names, reason }));
  });
}
