import { startTestService, type TestService } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy';

describe('many who come at once', () => {
  let target: TestDatabase;
  let proxy: TcpProxy;
  let service: TestService;
  beforeAll(async () => {
    target = await testCluster().createDatabase();
    proxy = await tcpProxy(target.url);
    service = await startTestService({ environment: { BERKUT_DB_URL: proxy.url, BERKUT_BACKUP_MAX_QUEUED: '3' } });
  });
  afterAll(async () => {
    await service.stop();
    await proxy.become('closed');
    await target.drop();
  });

  it.each(['/readyz', '/metrics'])('and ask for %s share few answers, and connections', async (path) => {
    const before = proxy.accepted;
    const begun = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const response = await fetch(`${service.managementUrl}${path}`);
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
    // A few each second that it takes; each asked of the server on its own would be 400.
    const seconds = 1 + Math.floor((performance.now() - begun) / 1_000);
    expect(proxy.accepted - before).toBeLessThanOrEqual(Math.min(20 * seconds, 200));
  });

  it('and ask for backups have as many as may wait, and the rest is refused until there is room', async () => {
    await withClient(target.url, async (client) => {
      await client.query('CREATE TABLE held (id int)');
      await client.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
      const answers = await Promise.all(Array.from({ length: 20 }, () => service.client.post('/backups')));
      const accepted = answers.filter(({ status }) => status === 202);
      // One is made while the others wait for it.
      expect([3, 4]).toContain(accepted.length);
      const refused = answers.filter(({ status }) => status !== 202);
      for (const { status, body } of refused) {
        expect([status, body.error.code, body.error.details]).toEqual([409, 'backups.queue_full', { limit: 3 }]);
      }
      for (const { body } of accepted) await service.client.post(`/backups/${body.artifact.id}/cancel`);
      await client.query('ROLLBACK');
    });
    await service.idle();
    expect((await service.client.post('/backups')).status).toBe(202);
    await service.idle();
  });
});
