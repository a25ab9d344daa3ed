import { MaintenanceService } from '../../src/maintenance/maintenance.service';
import type { RecurringJob } from '../../src/kernel/jobs/recurring-job';
import { RecurringJobs } from '../../src/kernel/jobs/recurring-jobs.service';
import { LockService } from '../../src/kernel/operations/lock.service';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';

describe('recurring jobs', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({
      environment: { BERKUT_SCHEDULER_ENABLED: 'true', BERKUT_SCHEDULER_INTERVAL_SECONDS: '3600' },
    });
  });
  afterAll(async () => service.stop());

  const declare = (job: Pick<RecurringJob, 'name' | 'run'> & Partial<RecurringJob>): { turn(): Promise<void> } =>
    service.app.get(RecurringJobs).declare({ everyMs: 3_600_000, complaint: 'it has failed', ...job });
  /** What it has done so far. */
  const doneBy = (job: string): string[] => {
    const known = service.app.get(RecurringJobs).known();
    return Object.keys(known.find(({ name }) => name === job)?.times ?? {});
  };
  /** Work that is noted and done. */
  const note = (what: string, where: string[]): Promise<void> => {
    where.push(what);
    return Promise.resolve();
  };

  it('are all shown to monitoring, each with when it last succeeded', async () => {
    const names = [
      'audit_intents',
      'audit_reads',
      'audit_strangers',
      'backup_recovery',
      'leftover_files',
      'notices',
      'restore_recovery',
      'restore_tests',
      'scheduler',
    ];
    const ready = await (await fetch(`${service.managementUrl}/readyz`)).text();
    expect(ready.split('\n').filter((line) => names.some((name) => line.startsWith(name)))).toEqual(
      names.map((name) => `${name} ok`),
    );
    await eventually(async () => {
      const text = await (await fetch(`${service.managementUrl}/metrics`)).text();
      return ['scheduler', 'restore_recovery'].every((name) =>
        text.includes(`\nberkut_job_last_success_timestamp_seconds{job="${name}"} `),
      );
    });
  });

  it('take one turn at a time', async () => {
    const gate = Promise.withResolvers<undefined>();
    let turns = 0;
    const job = declare({
      name: 'slow',
      run: async () => {
        turns += 1;
        await gate.promise;
      },
    });
    const both = [job.turn(), job.turn()];
    await eventually(() => turns === 1);
    gate.resolve(undefined);
    await Promise.all(both);
    expect(turns).toBe(1);
    await job.turn();
    expect(turns).toBe(2);
  });

  it('go on after a turn that failed, and tell of it', async () => {
    const outcomes: string[] = [];
    const job = declare({
      name: 'unlucky',
      run: () => (outcomes.length === 0 ? Promise.reject(new Error('no luck')) : Promise.resolve()),
      afterTurn: (hasFailed) => note(hasFailed ? 'failed' : 'done', outcomes),
    });
    await job.turn();
    expect(doneBy('unlucky')).toEqual(['start', 'failure']);
    await job.turn();
    expect(doneBy('unlucky')).toContain('success');
    expect(outcomes).toEqual(['failed', 'done']);
    const text = await (await fetch(`${service.managementUrl}/metrics`)).text();
    for (const moment of ['start', 'success', 'failure'])
      expect(text).toContain(`\nberkut_job_last_${moment}_timestamp_seconds{job="unlucky"} `);
  });

  it('pause during maintenance unless they are declared to go on', async () => {
    const maintenance = service.app.get(MaintenanceService);
    const ran: string[] = [];
    const pausing = declare({ name: 'pausing', run: () => note('pausing', ran) });
    const lasting = declare({ name: 'lasting', whilePaused: true, run: () => note('lasting', ran) });
    const turns = (): Promise<unknown> => Promise.all([pausing.turn(), lasting.turn()]);
    await maintenance.enter(1);
    await turns();
    expect(ran).toEqual(['lasting']);
    expect(doneBy('pausing')).toEqual(['success']);
    await maintenance.exit(1);
    await turns();
    expect(ran.toSorted()).toEqual(['lasting', 'lasting', 'pausing']);
  });

  it('with a lock do nothing while another replica holds it', async () => {
    const turns: string[] = [];
    const job = declare({ name: 'locked', lock: 'locked', run: () => note('turn', turns) });
    await service.app.get(LockService).tryWith('locked', 'exclusive', () => job.turn());
    expect([turns, doneBy('locked')]).toEqual([[], ['success']]);
    await job.turn();
    expect(turns).toEqual(['turn']);
  });

  it('are told when the service stops, and waited for', async () => {
    const replica = await startTestService({ beside: service });
    const events: string[] = [];
    const begun = Promise.withResolvers<undefined>();
    const job = replica.app.get(RecurringJobs).declare({
      name: 'last',
      everyMs: 3_600_000,
      complaint: 'it has failed',
      run: (signal) => {
        begun.resolve(undefined);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            events.push('told');
            setImmediate(() => {
              events.push('ended');
              reject(new Error('cut short'));
            });
          });
        });
      },
      afterTurn: () => note('counted', events),
    });
    const turn = job.turn();
    await begun.promise;
    await replica.stopService();
    events.push('stopped');
    await turn;
    expect(events).toEqual(['told', 'ended', 'stopped']);
    await job.turn();
    expect(events).toHaveLength(3);
  });
});
