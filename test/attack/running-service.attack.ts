import { readdir } from 'node:fs/promises';
import { FoldedReads } from '../../src/audit/folded-reads';
import { StrangerRecords } from '../../src/audit/stranger-records';
import { startTestService, type TestService } from '../support/app';
import { eventually } from '../support/eventually';
import { routesOf } from '../support/routes';
import { bodies } from './bodies';
import { containers } from './containers';
import { costlyReads, queue, strangers } from './floods';
import { pages } from './pages';
import { paths } from './paths';
import { type Attack, type Battlefield, Round } from './round';
import { slowClients } from './slow-clients';
import { tokens } from './tokens';

/** `ATTACK_FORM=short` is what every change has to pass. */
const isShort = process.env['ATTACK_FORM'] === 'short';

const CLASSES: readonly (readonly [string, Attack])[] = [
  ['tokens', tokens],
  ['pages of others (CSRF)', pages],
  ['routes, roles, path tricks', paths],
  ['bodies and content types', bodies],
  ['changed containers', containers],
  ['floods of strangers', strangers],
  ['costly reads at once', costlyReads],
  ['silent and slow clients', slowClients],
];

describe('the running service', () => {
  let service: TestService;
  let field: Battlefield;
  const results: [string, Round][] = [];

  beforeAll(async () => {
    service = await startTestService({
      environment: {
        BERKUT_BACKUP_RESTORE_CONFIRM: 'true',
        BERKUT_BACKUP_UPLOAD_STALL_SECONDS: '1',
        BERKUT_BACKUP_MAX_QUEUED: '3',
      },
    });
    expect((await service.client.backUp({ label: 'kept' })).id).toBe(1);
    const run = await service.client.restore(1, {}, 'restore/dry-run');
    const routes = routesOf(service).map((route) => ({
      ...route,
      path: route.path.replace(':id', String(route.path.includes('/restores/') ? run.id : 1)),
    }));
    field = { service, routes, isShort };
  });
  afterAll(async () => {
    await service.stop();
    const rows = results.map(([name, { tried, refused }]) => [name, String(tried), String(refused)]);
    const table = [['class', 'tried', 'refused'], ...rows].map(
      ([name = '', tried = '', refused = '']) => `${name.padEnd(28)}${tried.padStart(8)}${refused.padStart(9)}`,
    );
    process.stdout.write(`${table.join('\n')}\n`);
  });

  const catalogue = async (): Promise<unknown> => ({
    backups: await service.query('SELECT id, status, label, pinned, checksum FROM backups ORDER BY id'),
    runs: await service.query('SELECT id, status FROM restore_runs ORDER BY id'),
    plan: await service.query('SELECT * FROM plan'),
    files: (await readdir(service.storagePath)).sort(),
  });
  /** Requests that the audit log knows of, one by one or counted. */
  const recorded = async (): Promise<number> => {
    await service.app.get(StrangerRecords).closeAll();
    await service.app.get(FoldedReads).beforeApplicationShutdown();
    const [row] = await service.query(
      `SELECT sum(coalesce((details ->> 'count')::int, 1))::int AS n FROM audit_records`,
    );
    return Number(row?.['n']);
  };
  const attack = async (name: string, make: Attack): Promise<void> => {
    const round = new Round();
    results.push([name, round]);
    const before = await recorded();
    await make(field, round);
    expect(round.succeeded).toEqual([]);
    expect(round.tried).toBeGreaterThan(0);
    await eventually(async () => (await recorded()) >= before + round.asked);
    expect((await service.client.get('/audit/verify')).body).toMatchObject({ ok: true });
  };

  it.each(CLASSES)('withstands %s: all are refused and recorded, and nothing has changed', async (name, make) => {
    const before = await catalogue();
    await attack(name, make);
    expect(await catalogue()).toEqual(before);
  });

  it('withstands more backups than may wait', async () => {
    await attack('backups beyond the queue', queue);
  });
});
