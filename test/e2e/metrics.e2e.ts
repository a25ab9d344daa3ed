import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { startTestService, type TestService } from '../support/app';
import { wrapTools, type ToolWrapper } from '../support/tool-wrapper';

describe('what monitoring is told', () => {
  let service: TestService;
  let tools: ToolWrapper;
  beforeEach(async () => {
    tools = await wrapTools();
    service = await startTestService({ environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin } });
  });
  afterEach(async () => {
    await service.stop();
    await tools.remove();
  });

  const scrape = async (from = service): Promise<string> => {
    const response = await fetch(`${from.managementUrl}/metrics`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('version=0.0.4'),
    ]);
    return response.text();
  };
  /** Value of a sample; `undefined` when there is none. */
  const value = async (sample: string, from = service): Promise<number | undefined> => {
    const line = (await scrape(from)).split('\n').find((candidate) => candidate.startsWith(`${sample} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };

  it('has every metric of the contract, and Node’s own', async () => {
    await service.client.restore((await service.client.backUp()).id);
    await tools.killAfter(1);
    await service.client.backUp();
    await service.query('UPDATE plan SET last_auto_run_at = now()');
    await service.app.get(PlanTicker).tick();
    const text = await scrape();
    for (const name of [
      'berkut_backups_artifacts_count{status="success"}',
      'berkut_backups_restore_runs_count{status="success",dry_run="false"}',
      'berkut_backup_plan_enabled',
      'berkut_backup_plan_last_auto_run_timestamp',
      'berkut_backup_plan_last_auto_run_age_seconds',
      'berkut_worker_ticks_total{worker="backups_scheduler"}',
      'berkut_worker_last_tick_timestamp{worker="backups_scheduler"}',
      'berkut_backup_duration_seconds',
      'berkut_backup_bytes_total',
      'berkut_backup_failures_total{code="backups.pg_dump_failed"}',
      'berkut_backup_last_success_timestamp',
      'berkut_restore_duration_seconds',
      'berkut_storage_free_bytes',
      'berkut_maintenance_active',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text).toContain(`\n${name} `);
    }
  });

  it('is the same on every replica and after a restart, and counters stay when backups go', async () => {
    expect(await value('berkut_backup_bytes_total')).toBe(0);
    expect(await value('berkut_backup_last_success_timestamp')).toBeUndefined();
    const first = await service.client.backUp();
    const second = await service.client.backUp();
    await service.client.delete(`/backups/${first.id}`);
    const bytes = (first.size_bytes ?? 0) + (second.size_bytes ?? 0);
    const replica = await startTestService({ beside: service });
    try {
      expect(await value('berkut_backup_bytes_total', replica)).toBe(bytes);
      expect(await value('berkut_backups_artifacts_count{status="success"}', replica)).toBe(1);
      expect(await value('berkut_backup_last_success_timestamp', replica)).toBeCloseTo(
        Date.parse(second.created_at) / 1000,
        2,
      );
    } finally {
      await replica.stop();
    }
  });

  it('says when maintenance and the plan are on and off, and when something was rehearsed', async () => {
    expect([await value('berkut_maintenance_active'), await value('berkut_backup_plan_enabled')]).toEqual([0, 0]);
    await service.app.get(MaintenanceService).enter(5);
    await service.query('UPDATE plan SET enabled = true');
    expect([await value('berkut_maintenance_active'), await value('berkut_backup_plan_enabled')]).toEqual([1, 1]);
    await service.app.get(MaintenanceService).exit(5);
    expect(await value('berkut_maintenance_active')).toBe(0);
    expect(await value('berkut_backup_last_verified_timestamp')).toBeUndefined();
    const { id } = await service.client.backUp();
    await service.client.restore(id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(await value('berkut_backup_last_verified_timestamp')).toBeGreaterThan(1.7e9);
  });

  it('tells what is not ready, a line each', async () => {
    const ready = async (from = service): Promise<[number, string]> => {
      const response = await fetch(`${from.managementUrl}/readyz`);
      return [response.status, await response.text()];
    };
    expect(await ready()).toEqual([200, 'control_database ok\ntarget_server ok\nstorage ok\ntools ok\n']);
    await service.app.get(PlanTicker).tick();
    expect((await ready())[1]).toContain('scheduler ok\n');
    await service.client.backUp();
    await tools.remove();
    expect(await ready()).toEqual([503, expect.stringContaining('tools failed\n')]);
    await service.query('ALTER TABLE plan RENAME TO plan_away');
    const response = await fetch(`${service.managementUrl}/metrics`);
    expect([response.status, await response.text()]).toEqual([503, 'metrics cannot be read now\n']);
    await service.query('ALTER TABLE plan_away RENAME TO plan');
    expect((await fetch(`${service.managementUrl}/livez`)).status).toBe(200);
    expect((await fetch(`${service.managementUrl}/else`)).status).toBe(404);
  });
});
