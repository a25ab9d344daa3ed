import { readdir } from 'node:fs/promises';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { itLong } from '../support/form';
import { type GateRule, putGate } from '../support/step-gate';
import { killedService, type KilledService } from './killed-service';

describe('a process that follows the plan and is killed', () => {
  let service: KilledService;
  beforeEach(async () => {
    service = await killedService({ BERKUT_SCHEDULER_ENABLED: 'true', BERKUT_SCHEDULER_INTERVAL_SECONDS: '1' });
  });
  afterEach(() => service.remove());
  const query = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await withClient(service.control.url, (db) => db.query<Record<string, unknown>>(sql))).rows;
  /** Starts, is stopped at each of the gates in turn, and killed there. */
  const killAt = async (gates: readonly GateRule[]): Promise<void> => {
    for (const rule of gates) {
      const gate = await putGate(service.control, rule);
      // At some gates it waits before it is up.
      const starting = service.start().catch(() => undefined);
      await gate.reached();
      await service.kill();
      await starting;
      await gate.remove();
    }
  };

  it('in the middle of removals finishes each, once, and records it', async () => {
    const client = await service.start();
    for (let made = 0; made < 4; made += 1) await client.backUp();
    await service.kill();
    await query(`UPDATE backups SET created_at = now() - interval '40 days' WHERE id < (SELECT max(id) FROM backups)`);
    const [newest] = await query('SELECT max(id)::int AS id FROM backups');
    await query(
      `UPDATE plan SET enabled = true, keep_last_successful = 1, effective_from = now(), last_retention_at = NULL`,
    );
    await killAt([
      { condition: 'new.removing IS NOT NULL', on: 'UPDATE', table: 'backups' },
      { condition: 'true', on: 'DELETE', table: 'backups' },
      { condition: `new.action = 'backups.retention.deleted'`, on: 'INSERT', table: 'audit_records' },
    ]);
    await service.start();
    await eventually(async () => (await query('SELECT FROM backups')).length === 1);
    expect(await query('SELECT id::int, removing FROM backups')).toEqual([{ ...newest, removing: null }]);
    expect(await readdir(service.storagePath)).toHaveLength(1);
    const records = await query(
      `SELECT details->>'backup_id' AS id FROM audit_records WHERE action = 'backups.retention.deleted'`,
    );
    expect(new Set(records.map(({ id }) => id)).size).toBe(3);
    expect(records).toHaveLength(3);
  });

  itLong('in the middle of beginning a backup makes one for the due time', async () => {
    await service.start();
    await service.kill();
    await query(`UPDATE plan SET enabled = true, effective_from = now() - interval '2 days'`);
    await killAt([
      { condition: `new.state = 'reserved'`, on: 'UPDATE', table: 'due_runs' },
      { condition: `new.trigger = 'scheduled'`, on: 'INSERT', table: 'backups' },
      { condition: `new.state = 'started'`, on: 'UPDATE', table: 'due_runs' },
    ]);
    await service.start();
    // Killed while it was being made, it is interrupted, and waits for its next attempt.
    const ended = `SELECT backup_id FROM due_runs WHERE attempts = 1 AND state IN ('success', 'waiting')`;
    await eventually(async () => (await query(ended)).length === 1);
    expect(await query('SELECT id AS backup_id FROM backups')).toEqual(await query(ended));
    const started = await query(`SELECT FROM audit_records WHERE action = 'backups.auto.started'`);
    expect(started.length).toBeLessThanOrEqual(1);
  });
});
