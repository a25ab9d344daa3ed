import pg from 'pg';
import { withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { startTestService, type TestService } from '../support/app';

describe('while a restore runs', () => {
  let service: TestService;
  let replica: TestService;
  beforeAll(async () => {
    service = await startTestService({ demo: true });
    replica = await startTestService({ beside: service });
  });
  afterAll(async () => {
    await replica.stop();
    await service.stop();
  });

  /** Writes to the target over a new connection each time, until told to stop. */
  const hammer = async (signal: AbortSignal): Promise<{ writtenAt: number[]; refusals: Set<string> }> => {
    const writtenAt: number[] = [];
    const refusals = new Set<string>();
    while (!signal.aborted) {
      try {
        const { rows } = await withClient(service.target.url, (db) =>
          db.query<{ at: Date }>(
            `INSERT INTO task_tags (name, color) VALUES ('hammer ' || clock_timestamp(), '#000000') RETURNING clock_timestamp() AS at`,
          ),
        );
        writtenAt.push(...rows.map(({ at }) => at.getTime()));
      } catch (error) {
        refusals.add(error instanceof pg.DatabaseError ? (error.code ?? '') : 'connection');
      }
    }
    return { writtenAt, refusals };
  };

  it('every route of every replica answers 503 but the status route, and no client writes to the target', async () => {
    const { client } = service;
    const backup = await client.backUp();
    const before = await dumpOf(service.target.url);
    const hammering = new AbortController();
    const hammered = hammer(hammering.signal);
    const routes: [string, string][] = [
      ['GET', '/backups'],
      ['GET', `/backups/${backup.id}`],
      ['POST', '/backups'],
      ['DELETE', `/backups/${backup.id}`],
      ['GET', `/backups/${backup.id}/download`],
      ['GET', '/backups/restores'],
      ['POST', `/backups/${backup.id}/restore`],
    ];
    const { body } = await client.post(`/backups/${backup.id}/restore`);
    const statusPath = `/backups/restores/${body.restore_id}`;

    const refused = new Map<string, number>();
    const anonymous = replica.client.withoutToken();
    let status = 'queued';
    while (status === 'queued' || status === 'running') {
      const answer = await replica.client.get<{ item: { status: string } }>(statusPath);
      expect(answer.status).toBe(200);
      ({ status } = answer.body.item);
      for (const [method, path] of routes) {
        // Without a token nothing can happen outside of maintenance, and in maintenance no caller is asked for one.
        const { status: code, headers, body: refusal } = await anonymous.send(method, path);
        if (code === 401) continue;
        expect(code).toBe(503);
        expect(headers.get('retry-after')).toMatch(/^\d+$/);
        expect(refusal.error).toMatchObject({
          code: 'app.maintenance_mode',
          i18n_key: 'common.error.maintenanceMode',
          details: { restore_id: body.restore_id, since: expect.stringMatching(/Z$/) as string },
        });
        refused.set(`${method} ${path}`, code);
      }
    }
    hammering.abort();
    const { refusals } = await hammered;
    const run = await client.run(body.restore_id);
    expect(run.status).toBe('success');
    expect([...refused.keys()].sort()).toEqual(routes.map(([method, path]) => `${method} ${path}`).sort());
    // 55000: the database does not accept connections; 57P01: the session was ended.
    expect([...refusals]).toEqual(expect.arrayContaining(['55000']));
    const fenced = run.steps.find(({ name }) => name === 'stop_background_jobs')?.started_at ?? '';
    const swapped = run.steps.find(({ name }) => name === 'swap_database')?.started_at ?? '';
    const { writtenAt } = await hammered;
    expect(writtenAt.filter((at) => at > Date.parse(fenced) && at < Date.parse(swapped))).toEqual([]);

    await withClient(service.target.url, (db) => db.query(`DELETE FROM task_tags WHERE name LIKE 'hammer %'`));
    const withoutSequence = (dump: string[]): string[] => dump.filter((line) => !line.includes('task_tags_id_seq'));
    expect(withoutSequence(await dumpOf(service.target.url))).toEqual(withoutSequence(before));
    expect((await client.get('/backups')).status).toBe(200);
  });
});
