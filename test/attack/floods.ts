import { StrangerRecords } from '../../src/audit/stranger-records';
import { floodFromElsewhere } from '../support/flood';
import { withClient } from '../support/cluster';
import type { Attack, Battlefield } from './round';

/** 20,000 in a minute. */
const PER_SECOND = 333;

const p95 = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;

/** How long an administrator's changes take until `isOver`; each of them must be answered. */
async function changes({ service }: Battlefield, isOver: (done: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  do {
    const begun = performance.now();
    const { status } = await service.client.send('PATCH', '/backups/1', '{"label":"kept"}');
    times.push(performance.now() - begun);
    expect(status).toBe(200);
  } while (!isOver(times.length));
  return times;
}

/** Anonymous requests from many addresses leave few records, and an administrator is still answered. */
export const strangers: Attack = async (field, round) => {
  const { service, isShort } = field;
  const recorded = async (): Promise<number> => {
    await service.app.get(StrangerRecords).closeAll();
    const [row] = await service.query(`SELECT count(*)::int AS n FROM audit_records WHERE actor = 'anonymous'`);
    return Number(row?.['n']);
  };
  const [addresses, each] = isShort ? [300, 5] : [2_000, 10];
  const before = await recorded();
  const enough = (done: number): boolean => done >= (isShort ? 20 : 100);
  // The first requests are slower for every caller.
  await changes(field, enough);
  const idle = await changes(field, enough);
  let isOver = false;
  const cpu = process.cpuUsage();
  const [seen, busy] = await Promise.all([
    floodFromElsewhere(service.url, { addresses, each, perSecond: PER_SECOND }).finally(() => (isOver = true)),
    changes(field, () => isOver),
  ]);
  const { user, system } = process.cpuUsage(cpu);
  for (const [status, count] of seen) {
    for (let i = 0; i < count; i += 1) round.request(status, status, (answer) => [401, 429].includes(answer));
  }
  const records = (await recorded()) - before;
  round.attempt(['records', records], records <= 300);
  process.stdout.write(
    `${addresses * each} anonymous requests from ${addresses} addresses: ${records} records; ` +
      `PATCH p95 ${p95(idle).toFixed(1)} ms idle, ${p95(busy).toFixed(1)} ms during it; ` +
      `${((user + system) / 1e6).toFixed(1)} s of processor for these and ${busy.length} changes\n`,
  );
};

/** Costly questions at once take no more than one answer's worth of connections, and all are answered. */
export const costlyReads: Attack = async ({ service }, round) => {
  const probes = Array.from({ length: 400 }, async () => {
    const response = await fetch(`${service.managementUrl}/readyz`);
    await response.arrayBuffer();
    return response.status;
  });
  const connections = await withClient(service.target.url, async (client) => {
    const { rows } = await client.query<{ n: number }>(
      // Of the service's pools, too: the target's server is asked through another database than the target.
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'berkut%'`,
    );
    return rows[0]?.n ?? 0;
  });
  round.attempt(['connections to the server', connections], connections <= 40);
  for (const status of await Promise.all(probes)) round.attempt(['/readyz', status], status === 200);
  const verdicts = Array.from({ length: 30 }, () => service.client.get('/audit/verify'));
  const answer = await service.client.send('PATCH', '/backups/1', '{"label":"kept"}');
  round.request(['PATCH during verify', answer.status], answer.status, (status) => status === 200);
  for (const { status } of await Promise.all(verdicts)) {
    round.request(['/audit/verify', status], status, (code) => code === 200);
  }
};

/** More backups than may wait: the rest is 409, while the first one cannot proceed. */
export const queue: Attack = async ({ service }, round) => {
  await withClient(service.target.url, async (client) => {
    await client.query('CREATE TABLE IF NOT EXISTS held (id int)');
    await client.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    const answers = await Promise.all(Array.from({ length: 40 }, () => service.client.post('/backups')));
    const accepted = answers.filter(({ status }) => status === 202);
    round.attempt(['accepted', accepted.length], accepted.length <= 4);
    for (const { status } of answers.filter((answer) => answer.status !== 202)) {
      round.request('a backup too many', status, (code) => code === 409);
    }
    for (const { body } of accepted) await service.client.post(`/backups/${body.artifact.id}/cancel`);
    await client.query('ROLLBACK');
  });
  await service.idle();
};
