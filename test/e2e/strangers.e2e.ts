import { StrangerRecords } from '../../src/audit/stranger-records';
import { startTestService, type TestService } from '../support/app';
import { addressesOf, floodFrom } from '../support/flood';
import { eventually } from '../support/eventually';
import { turnMaintenance } from '../support/rows-of';
import { testCluster, withClient } from '../support/cluster';

describe('strangers', () => {
  let service: TestService;
  beforeEach(async () => (service = await startTestService()));
  afterEach(() => service.stop());

  const recorded = async (): Promise<number> => {
    await service.app.get(StrangerRecords).closeAll();
    const [row] = await service.query(`SELECT count(*)::int AS n FROM audit_records WHERE actor = 'anonymous'`);
    return Number(row?.['n']);
  };
  const refusals = async (): Promise<number> => {
    const [row] = await service.query(
      `SELECT sum(CASE WHEN details ? 'count' THEN (details ->> 'count')::int ELSE 1 END)::int AS n
         FROM audit_records WHERE actor = 'anonymous'`,
    );
    return Number(row?.['n']);
  };
  const flood = (addresses: readonly string[], each: number): Promise<Map<number, number>> =>
    floodFrom(service.url, addresses, each);

  it('of one address leave four records, however often they ask and for whatever', async () => {
    expect([...(await flood(['127.0.0.9'], 1_000)).keys()]).toEqual([401, 429]);
    expect(await recorded()).toBe(4);
    expect(await refusals()).toBe(1_000);
  });

  it('of many addresses leave no more than 300 records, each refusal counted, in maintenance too', async () => {
    await flood(addressesOf(600), 3);
    expect(await recorded()).toBeLessThanOrEqual(300);
    expect(await refusals()).toBe(1_800);
    await turnMaintenance(service, 'on');
    // Who asks within a moment of the change is answered by what was true before.
    await eventually(async () => (await flood(['127.0.0.8'], 1)).has(503));
    const seen = await flood(['127.0.0.8'], 100);
    expect([...seen.keys()].filter((status) => ![429, 503].includes(status))).toEqual([]);
    await turnMaintenance(service, 'off');
    expect(await refusals()).toBeLessThanOrEqual(2_000);
    expect(await recorded()).toBeLessThanOrEqual(310);
  });

  it('of one network are counted together when they are many', async () => {
    await flood(
      Array.from({ length: 100 }, (_, i) => `127.9.9.${i + 1}`),
      1,
    );
    expect(await recorded()).toBe(10);
    const [row] = await service.query(
      `SELECT details ->> 'count' AS n FROM audit_records WHERE details ->> 'network' = '127.9.9.0/24' AND details ? 'count'`,
    );
    expect(row).toEqual({ n: '91' });
  });

  it('are refused without waiting for the log, and without a question to the database', async () => {
    await service.client.get('/auth/me');
    await withClient(service.control.url, async (locker) => {
      // As long as another session holds the lock of the log nothing can be recorded.
      await locker.query(`SELECT pg_advisory_lock(hashtextextended('berkut audit', 0))`);
      expect([...(await flood(['127.0.0.7'], 20)).keys()]).toEqual([401]);
      expect((await service.client.withoutToken().get('/nothing')).status).toBe(404);
      const waiting = await withClient(testCluster().adminUrl, async (client) =>
        client.query(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
          [service.control.name],
        ),
      );
      expect((waiting.rows as { n: number }[])[0]?.n).toBeLessThanOrEqual(1);
    });
  });
});
