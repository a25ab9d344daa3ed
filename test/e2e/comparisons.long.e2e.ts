import { escapeIdentifier } from 'pg';
import type { ComparisonDto } from '../../src/restore/http/comparison.dto';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { comparisonHeldUp } from '../support/comparisons';
import { eventually } from '../support/eventually';

describe('a comparison of a kept rehearsal with its target', () => {
  const failed = { status: 'failed', error_code: 'backups.storage_unavailable' };
  let service: TestService;
  let id: number;
  let name: string;
  beforeAll(async () => {
    service = await startTestService({ demo: true });
    name = escapeIdentifier(service.target.name);
    const backup = await service.client.backUp();
    ({ id } = await service.client.restore(backup.id, { mode: 'rehearse', keep_hours: 2 }, 'restore/dry-run'));
  });
  afterAll(() => service.stop());

  const admin = (text: string, values: string[] = []) =>
    withClient(testCluster().adminUrl, (db) => db.query(text, values));
  const anew = async (): Promise<ComparisonDto> => {
    const path = `/backups/restores/${id}/comparison`;
    expect((await service.client.get(`${path}?refresh=true`)).status).toBe(202);
    await eventually(async () => (await service.client.get(path)).status === 200);
    return (await service.client.get<{ item: ComparisonDto }>(path)).body.item;
  };

  it('fails when the target is closed, and can be made anew when the target is open again', async () => {
    const closing = await comparisonHeldUp(service, id, 'users');
    await admin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await admin('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [service.target.name]);
    await closing.isGone;
    expect(await closing.end()).toMatchObject(failed);
    expect(await anew()).toMatchObject({ ...failed, tables: [] });
    await admin(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await eventually(async () => (await anew()).status === 'success');
  });

  it('fails when the target is gone, and can be made anew when the target is back', async () => {
    await service.idle();
    await admin(`ALTER DATABASE ${name} RENAME TO "${service.target.name}_away"`);
    expect(await anew()).toMatchObject(failed);
    await admin(`ALTER DATABASE "${service.target.name}_away" RENAME TO ${name}`);
    expect(await anew()).toMatchObject({ status: 'success', tables_different: 0 });
  });

  it('does not keep the rehearsal from being promoted, fails, and stays as it is', async () => {
    const exchanging = await comparisonHeldUp(service, id, 'users');
    const { body } = await service.client.post(`/backups/restores/${id}/promote`);
    expect(await service.client.run(body.restore_id)).toMatchObject({ status: 'success' });
    await exchanging.isGone;
    const stays = await exchanging.end();
    expect(stays).toMatchObject(failed);
    // There is nothing any more to compare it with.
    const { body: answer } = await service.client.get(`/backups/restores/${id}/comparison?refresh=true`);
    expect(answer).toEqual({ item: stays });
  });
});
