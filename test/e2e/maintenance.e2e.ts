import pg from 'pg';
import { tidied } from '../faults/tidied';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { MaintenanceEntity } from '../../src/maintenance/maintenance.entity';
import { RestoreRecovery } from '../../src/restore/run/restore-recovery';
import { eventually } from '../support/eventually';
import { itLong } from '../support/form';
import { setRows } from '../support/rows-of';
import { startTestService, type TestService } from '../support/app';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';

describe('while a restore runs', () => {
  let service: TestService;
  let replica: TestService;
  let wrapper: ToolWrapper;
  beforeAll(async () => {
    wrapper = await wrapTools();
    service = await startTestService({ small: true, environment: { BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin } });
    replica = await startTestService({ beside: service });
  });
  afterAll(async () => {
    await replica.stop();
    await service.stop();
    await wrapper.remove();
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
      const page = await fetch(`${replica.url}/`);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toMatch(/^(?!.*unsafe).*style-src 'self'/);
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

  const sql = (text: string, url = service.target.url) => withClient(url, (db) => db.query(text));
  const namesOf = async (url?: string): Promise<unknown> =>
    (await sql(`SELECT count(*)::int AS n FROM task_tags WHERE name = 'meanwhile'`, url)).rows;
  const databases = async (): Promise<string[]> => {
    const { rows } = await sql(`SELECT datname FROM pg_database WHERE starts_with(datname, '${service.target.name}')`);
    return rows.map(({ datname }: { datname: string }) => datname);
  };

  /** Begins one, and comes back when it has the backup half loaded. */
  const loading = async (backupId: number, request: object = { online: true }): Promise<RestoreRunDto> => {
    await wrapper.holdRestore();
    const { status, body } = await service.client.post(`/backups/${backupId}/restore`, request);
    expect(status).toBe(202);
    await wrapper.restoreHeld();
    return (await replica.client.get<{ item: RestoreRunDto }>(`/backups/restores/${body.restore_id}`)).body.item;
  };
  const failedStep = ({ steps }: RestoreRunDto) => steps.find(({ status }) => status === 'failed');

  describe('that loads its backup online', () => {
    it('clients go on writing until the exchange, and what they wrote is in the kept copy and nowhere else', async () => {
      const { client } = service;
      const backup = await client.backUp();
      const { id, online, written_meanwhile: told } = await loading(backup.id);
      expect([online, told]).toEqual([
        true,
        `What is written to the target while the backup is loaded goes with the old database into the kept copy ${service.target.name}_before_${id}, and nowhere else.`,
      ]);
      await sql(`INSERT INTO task_tags (name, color) VALUES ('meanwhile', '#000000')`);
      for (const { client: of } of [service, replica]) expect((await of.get('/backups')).status).toBe(200);
      const inTheWay = {
        in_the_way: { kind: 'restore', id },
        hint: `Restore run ${id} (restore) goes on; POST /api/backups/restores/${id}/cancel ends it while its backup is loaded.`,
      };
      for (const [route, body] of [
        ['restore', {}],
        ['restore', { online: true }],
        ['restore/dry-run', { mode: 'rehearse' }],
      ] as const) {
        const refused = await replica.client.post(`/backups/${backup.id}/${route}`, body);
        expect([refused.status, refused.body.error.details]).toEqual([409, inTheWay]);
      }
      const queued = (await replica.client.post('/backups')).body.artifact.id;

      await wrapper.release();
      const run = await client.run(id);
      expect(run).toMatchObject({ status: 'success', strategy: 'swap', rollback_until: expect.any(String) as string });
      const acting = run.steps.map(({ name }) => name).slice(run.steps.findIndex((s) => s.name === 'restore_database'));
      expect(acting).toEqual([
        ...['restore_database', 'verify_restored_data', 'run_migrations_if_needed', 'enter_maintenance'],
        ...['stop_background_jobs', 'swap_database', 'exit_maintenance', 'finish'],
      ]);
      const swap = run.steps.find(({ name }) => name === 'swap_database');
      expect(swap?.details).toEqual({ written_meanwhile: told });
      await service.idle();
      // Maintenance was on around the exchange alone.
      const loadedAt = run.steps.find(({ name }) => name === 'verify_restored_data')?.finished_at ?? '';
      const records = await service.query(
        `SELECT action, details, at >= $2::timestamptz AS is_after_load FROM audit_records
          WHERE (details ->> 'restore_id')::int = $1 AND action ~ '^backups.(maintenance|restore.(start|success))' ORDER BY seq`,
        [id, loadedAt],
      );
      expect(records).toMatchObject([
        { action: 'backups.restore.start', details: { online: true, written_meanwhile_in: 'the kept copy' } },
        { action: 'backups.maintenance.enter', is_after_load: true },
        { action: 'backups.maintenance.exit' },
        {
          action: 'backups.restore.success',
          details: { online: true, written_meanwhile_in: `${service.target.name}_before_${id}` },
        },
      ]);
      expect(await namesOf()).toEqual([{ n: 0 }]);
      // It was asked for meanwhile, waited for the end, and is of the new database.
      await eventually(async () => (await client.get(`/backups/${queued}`)).body.item.status === 'success');

      const { body } = await client.post(`/backups/restores/${id}/rollback`);
      expect(await client.run(body.restore_id)).toMatchObject({ status: 'success' });
      expect(await namesOf()).toEqual([{ n: 1 }]);

      // A process that lost its locks may close the target when another one has ended its run, and written an older entry.
      await service.query(
        `UPDATE restore_runs SET journal = jsonb_set(journal, '{phase}', '"staging"') WHERE id = $1`,
        [id],
      );
      await sql(`ALTER DATABASE "${service.target.name}" ALLOW_CONNECTIONS false`, testCluster().adminUrl);
      await setRows(service, MaintenanceEntity, { restoreId: id, since: new Date() });
      await eventually(async () => {
        await service.app.get(RestoreRecovery).look();
        return (await client.get('/backups')).status === 200;
      });
      expect(await namesOf()).toEqual([{ n: 1 }]);
    });

    itLong('it is refused at the end when others have migrated the target meanwhile', async () => {
      const { client } = service;
      const backup = await client.backUp();
      const { id } = await loading(backup.id);
      await sql('INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, true)');
      await wrapper.release();
      const run = await client.run(id);
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
      expect(failedStep(run)).toMatchObject({
        name: 'enter_maintenance',
        details: { error: 'The target was migrated since the backup was compared with it. Start the restore again.' },
      });
      expect((await sql('SELECT max(version_id)::int AS version FROM goose_db_version')).rows).toEqual([
        { version: 4711 },
      ]);
      expect((await client.get('/backups')).status).toBe(200);
    });

    itLong('a caller can cancel it, and nothing is left of it', async () => {
      const { client } = service;
      const backup = await client.backUp();
      const before = await databases();
      const { id } = await loading(backup.id);
      expect((await replica.client.post(`/backups/restores/${id}/cancel`)).status).toBe(202);
      const run = await client.run(id);
      expect(run).toMatchObject({ status: 'canceled' });
      expect(run).not.toHaveProperty('written_meanwhile');
      expect(run).not.toHaveProperty('error_code');
      await wrapper.release();
      await tidied(client);
      expect(await databases()).toEqual(before);
      expect((await client.get('/backups')).status).toBe(200);
    });
  });

  describe('that makes a new database', () => {
    const copyName = (): string => `${service.target.name}_copy`;
    const copyUrl = (): string => testCluster().url(copyName());
    const rightsOf = async (name: string): Promise<unknown[]> => {
      const { rows } = await sql(
        `SELECT datdba, datacl::text, datallowconn, datconnlimit FROM pg_database WHERE datname = '${name}'`,
      );
      return rows as unknown[];
    };
    const dropCopy = () => sql(`DROP DATABASE "${copyName()}"`, testCluster().adminUrl);

    it('nothing is closed, and the database has its name when it is whole', async () => {
      const { client } = service;
      await sql(`GRANT CONNECT ON DATABASE "${service.target.name}" TO pg_monitor`);
      const backup = await client.backUp();
      const before = await dumpOf(service.target.url);
      const kept = await databases();
      const { id, into, dry_run: isDry } = await loading(backup.id, { into: copyName() });
      expect([into, isDry]).toEqual([copyName(), false]);
      await sql(`INSERT INTO task_tags (name, color) VALUES ('beside', '#000000')`);
      expect(await client.backUp()).toMatchObject({ status: 'success' });
      expect(await databases()).not.toContain(copyName());
      for (const [route, body] of [
        ['restore', {}],
        ['restore', { into: `${copyName()}_2` }],
        ['restore/dry-run', {}],
      ] as const) {
        const refused = await replica.client.post(`/backups/${backup.id}/${route}`, body);
        expect([refused.status, refused.body.error.details]).toEqual([
          409,
          {
            in_the_way: { kind: 'restore', id },
            hint: `Restore run ${id} (restore) goes on; POST /api/backups/restores/${id}/cancel ends it.`,
          },
        ]);
      }
      await wrapper.release();
      const run = await client.run(id);
      expect(run).toMatchObject({ status: 'success', strategy: 'into', into: copyName() });
      expect(run).not.toHaveProperty('rollback_until');
      expect(run.steps.map(({ name }) => name)).not.toContain('enter_maintenance');
      expect(await dumpOf(copyUrl())).toEqual(before);
      expect(await rightsOf(copyName())).toEqual(await rightsOf(service.target.name));
      expect((await sql(`SELECT FROM task_tags WHERE name = 'beside'`)).rowCount).toBe(1);
      expect([...(await databases())].sort()).toEqual([...kept, copyName()].sort());
      await service.idle();
      const records = await service.query(
        `SELECT action, details ->> 'into' AS into FROM audit_records WHERE (details ->> 'restore_id')::int = $1
          AND action ~ '^backups.(maintenance|restore.(start|success))' ORDER BY seq`,
        [id],
      );
      expect(records).toEqual([
        { action: 'backups.restore.start', into: copyName() },
        { action: 'backups.restore.success', into: copyName() },
      ]);

      const again = await client.post(`/backups/${backup.id}/restore`, { into: copyName() });
      expect([again.status, again.body.error.code]).toEqual([409, 'backups.restore.database_exists']);
      const back = await client.post(`/backups/restores/${id}/rollback`);
      expect([back.status, back.body.error.code]).toEqual([409, 'backups.not_ready']);
      await dropCopy();
    });

    itLong('one that got the name meanwhile stays what it is', async () => {
      const { client } = service;
      const backup = await client.backUp();
      const kept = await databases();
      const { id } = await loading(backup.id, { into: copyName() });
      await sql(`CREATE DATABASE "${copyName()}"`, testCluster().adminUrl);
      await sql('CREATE TABLE of_a_stranger ()', copyUrl());
      await wrapper.release();
      const run = await client.run(id);
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.database_exists' });
      expect(failedStep(run)).toMatchObject({ name: 'name_database', details: { database: copyName() } });
      await tidied(client);
      expect((await sql('SELECT FROM of_a_stranger', copyUrl())).rowCount).toBe(0);
      expect([...(await databases())].sort()).toEqual([...kept, copyName()].sort());
      await dropCopy();
    });

    itLong('a caller can cancel it, and a name that is in use, or of a run, is refused', async () => {
      const { client } = service;
      const backup = await client.backUp();
      const kept = await databases();
      const { id } = await loading(backup.id, { into: copyName() });
      expect((await replica.client.post(`/backups/restores/${id}/cancel`)).status).toBe(202);
      expect(await client.run(id)).toMatchObject({ status: 'canceled' });
      await wrapper.release();
      await tidied(client);
      expect(await databases()).toEqual(kept);
      for (const request of [
        ...[service.target.name, service.control.name, 'postgres', `${service.target.name}_before_1`, 'Copy'].map(
          (into) => ({ into }),
        ),
        { into: copyName(), scope: ['tasks'] },
        { into: copyName(), online: true },
      ]) {
        const { status, body } = await client.post(`/backups/${backup.id}/restore`, request);
        expect([request, status, body.error.details?.['field']]).toEqual([request, 400, 'into']);
      }
    });
  });
});
