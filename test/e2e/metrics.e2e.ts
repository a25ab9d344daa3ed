import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ContainerError } from '../../src/engine/container/format/container-error';
import { FilesError } from '../../src/engine/files/tar/files-error';
import { MissingRightsError } from '../../src/engine/postgres/dump/dump-rights';
import { LockTimeoutError } from '../../src/engine/postgres/dump/snapshot';
import { UnreadableNamesError } from '../../src/engine/postgres/dump/unreadable-names';
import { SharedSessionsError } from '../../src/engine/postgres/server/pooling';
import { ToolVersionError } from '../../src/engine/postgres/server/tools';
import { ToolError } from '../../src/engine/process/tool-error';
import { StorageError } from '../../src/engine/storage/storage';
import { AppError } from '../../src/kernel/errors/app-error';
import { sanitize } from '../../src/kernel/errors/sanitize';
import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { setPlan } from '../support/rows-of';
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
    await setPlan(service, { lastAutoRunAt: new Date() });
    await service.app.get(PlanTicker).tick();
    const text = await scrape();
    for (const name of [
      'berkut_backups_artifacts{status="success"}',
      'berkut_backups_restore_runs{status="success",dry_run="false"}',
      'berkut_backup_plan_enabled',
      'berkut_backup_plan_last_auto_run_timestamp_seconds',
      'berkut_backup_plan_last_auto_run_age_seconds',
      'berkut_worker_ticks_total{worker="backups_scheduler"}',
      'berkut_worker_last_tick_timestamp_seconds{worker="backups_scheduler"}',
      'berkut_backup_duration_seconds',
      'berkut_backup_bytes_total',
      'berkut_backup_failures_total{code="backups.pg_dump_failed"}',
      'berkut_backup_last_success_timestamp_seconds',
      'berkut_restore_duration_seconds',
      'berkut_storage_free_bytes',
      'berkut_maintenance_active',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_seconds',
    ]) {
      expect(text).toContain(`\n${name} `);
    }
    // As `promtool check metrics` has it.
    const types = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
    const misnamed = types.filter(
      ({ name, type }) =>
        (type === 'counter') !== name.endsWith('_total') ||
        (type === 'gauge' && /_(count|sum|bucket)$|timestamp$/.test(name)) ||
        /[A-Z:]|_(ms|millis|kb|mb|minutes|hours|days)(_|$)/.test(name),
    );
    expect(misnamed).toEqual([]);
    // `npm run test:monitoring` has it looked at by promtool itself.
    const promtool = process.env['PROMTOOL'];
    if (promtool !== undefined) {
      const { stdout, stderr, status } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
      expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
    }
    // What the examples ask for is there.
    const names = new Set(types.map(({ name }) => name));
    for (const file of ['prometheus-rules.yaml', 'prometheus-rules.test.yaml', 'grafana-dashboard.json']) {
      const example = await readFile(join(__dirname, '../../docs/examples', file), 'utf8');
      const asked = [...example.matchAll(/\bberkut_\w+/g)].map(([name]) => name);
      expect(asked.length).toBeGreaterThan(5);
      expect(asked.filter((name) => !names.has(name))).toEqual([]);
      if (file.endsWith('.json')) expect(JSON.parse(example)).toMatchObject({ title: 'Berkut SCC Backups' });
    }
    const rules = parse(await readFile(join(__dirname, '../../docs/examples/prometheus-rules.yaml'), 'utf8')) as {
      groups: { rules: object[] }[];
    };
    for (const rule of rules.groups.flatMap((group) => group.rules)) {
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^Berkut[A-Z]/) as string,
        for: expect.stringMatching(/^[1-9]\d*[mhd]$/) as string,
        labels: { severity: expect.stringMatching(/^(warning|critical)$/) as string },
        annotations: {
          summary: expect.stringMatching(/\w/) as string,
          description: expect.stringMatching(/\w/) as string,
        },
      });
    }
  });

  itLong('is the same on every replica and after a restart, and counters stay when backups go', async () => {
    expect(await value('berkut_backup_bytes_total')).toBe(0);
    expect(await value('berkut_backup_last_success_timestamp_seconds')).toBeUndefined();
    const first = await service.client.backUp();
    const second = await service.client.backUp();
    await service.client.delete(`/backups/${first.id}`);
    const bytes = (first.size_bytes ?? 0) + (second.size_bytes ?? 0);
    const replica = await startTestService({ beside: service });
    try {
      expect(await value('berkut_backup_bytes_total', replica)).toBe(bytes);
      expect(await value('berkut_backups_artifacts{status="success"}', replica)).toBe(1);
      expect(await value('berkut_backup_last_success_timestamp_seconds', replica)).toBeCloseTo(
        Date.parse(second.created_at) / 1000,
        2,
      );
    } finally {
      await replica.stop();
    }
  });

  itLong('says when maintenance and the plan are on and off, and when something was rehearsed', async () => {
    expect([await value('berkut_maintenance_active'), await value('berkut_backup_plan_enabled')]).toEqual([0, 0]);
    await service.app.get(MaintenanceService).enter(5);
    await setPlan(service, { enabled: true });
    expect([await value('berkut_maintenance_active'), await value('berkut_backup_plan_enabled')]).toEqual([1, 1]);
    await service.app.get(MaintenanceService).exit(5);
    expect(await value('berkut_maintenance_active')).toBe(0);
    expect(await value('berkut_backup_last_verified_timestamp_seconds')).toBeUndefined();
    const { id } = await service.client.backUp();
    await service.client.restore(id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(await value('berkut_backup_last_verified_timestamp_seconds')).toBeGreaterThan(1.7e9);
  });

  itLong('counts what fails, from zero on, and says the same to all who ask at once', async () => {
    const failures = 'berkut_backup_failures_total{code="backups.pg_dump_failed"}';
    const errors = 'berkut_worker_tick_errors_total{worker="backups_scheduler"}';
    expect([await value(failures), await value(errors)]).toEqual([0, 0]);
    expect(await value('berkut_backups_restore_runs{status="failed",dry_run="true"}')).toBe(0);
    const atZero = await scrape();
    const ends = [
      new MissingRightsError([]),
      new UnreadableNamesError([]),
      new SharedSessionsError(),
      new ToolVersionError('x'),
      new ToolError('pg_dump', 1, null, 'x'),
      new LockTimeoutError('x'),
      new FilesError('changed', 'x'),
      new ContainerError('index_too_large', 'x'),
      ...(['missing', 'no_space', 'unavailable', 'exists', 'bad_name'] as const).map(
        (fault) => new StorageError(fault),
      ),
      ...(['backups.files_not_configured', 'backups.interrupted', 'backups.encrypt_failed'] as const).map(
        (code) => new AppError(code),
      ),
      new TypeError('x'),
    ].map((error) => sanitize(error).code);
    expect(ends.filter((code) => !atZero.includes(`\nberkut_backup_failures_total{code="${code}"} 0\n`))).toEqual([]);
    const { id, filename = '' } = await service.client.backUp();
    await tools.killAfter(1);
    await service.client.backUp();
    await rm(join(service.storagePath, filename));
    await service.client.restore(id, {}, 'restore/dry-run');
    await service.query('ALTER TABLE plan RENAME TO plan_away');
    await service.app.get(PlanTicker).tick();
    await service.query('ALTER TABLE plan_away RENAME TO plan');
    expect([await value(failures), await value(errors)]).toEqual([1, 1]);
    expect(await value('berkut_backups_restore_runs{status="failed",dry_run="true"}')).toBe(1);
    const ours = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('berkut_backup'));
    const [first = '', ...others] = await Promise.all(Array.from({ length: 8 }, () => scrape()));
    expect(first).toContain(`\n${failures} 1\n`);
    for (const other of others) expect(ours(other)).toEqual(ours(first));
  });

  itLong('does not take an import for a backup that was made', async () => {
    const { id } = await service.client.backUp();
    const made = await value('berkut_backup_last_success_timestamp_seconds');
    const bytes = await (await service.client.fetch('GET', `/backups/${id}/download`)).blob();
    await service.client.delete(`/backups/${id}`);
    const form = new FormData();
    form.set('file', bytes, 'x.bscc');
    const imported = await fetch(`${service.url}/api/backups/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await service.token('superadmin')}` },
      body: form,
    });
    expect([made === undefined, imported.status]).toEqual([false, 201]);
    expect(await value('berkut_backup_last_success_timestamp_seconds')).toBeUndefined();
  });
});
