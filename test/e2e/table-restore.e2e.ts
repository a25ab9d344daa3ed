import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';

describe('a restore of single tables', () => {
  let service: TestService;
  let backup: { readonly id: number };
  // Since the backup, rows of other tables point to a new row of doc_folders, and the owner of one of its old rows has left.
  beforeAll(async () => {
    service = await startTestService({ demo: true });
    await sql(
      `INSERT INTO users (id, username, full_name, password_hash, external_id) VALUES (900001, 'leaves', 'leaves', '', gen_random_uuid());
      INSERT INTO doc_folders (id, name, owner_id) OVERRIDING SYSTEM VALUE VALUES (900001, 'of one who leaves', 900001)`,
    );
    backup = await service.client.backUp();
    await sql(
      `DELETE FROM doc_folders WHERE id = 900001; DELETE FROM users WHERE id = 900001;
      INSERT INTO doc_folders (id, name) OVERRIDING SYSTEM VALUE VALUES (900002, 'since');
      UPDATE docs SET folder_id = 900002 WHERE id IN (SELECT id FROM docs ORDER BY id LIMIT 2)`,
    );
  });
  afterAll(() => service.stop());

  const sql = (text: string) => withClient(service.target.url, (db) => db.query(text));
  const withoutSafetyBackup = { skip_safety_backup_reason: 'only a test of this' };
  /** Details of the error that refuses a request. */
  const refused = async (body: object) => {
    const answer = await service.client.post(`/backups/${backup.id}/restore`, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.invalid_request']);
    return answer.body.error.details;
  };
  const detailsOfFailure = ({ steps }: RestoreRunDto) => steps.find(({ status }) => status === 'failed')?.details;

  it('names each table of a request that it cannot restore', async () => {
    const [partition] = (
      await sql(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'monitor_metrics'::regclass LIMIT 1`,
      )
    ).rows as { name: string }[];
    const wrong = { tables: ['docs', 'public.nothing', 'public.nothing_*', `public.${partition?.name ?? ''}`] };
    expect(await refused(wrong)).toMatchObject({
      field: 'tables',
      malformed: ['docs'],
      unknown: ['public.nothing'],
      matches_nothing: ['public.nothing_*'],
      partitions: [
        {
          partition: `public.${partition?.name ?? ''}`,
          of: expect.stringMatching(/^public\.monitor_metrics/) as unknown,
        },
      ],
    });
    expect(await refused({ tables: [] })).toBeDefined();
  });

  it.each([{ scope: ['docs'] }, { online: true }, { into: 'scc_copy' }])(
    'is refused together with %j',
    async (other) => {
      expect(await refused({ tables: ['public.docs'], ...other })).toMatchObject({
        fields: ['tables', ...Object.keys(other)],
      });
    },
  );

  it('fails for keys that would dangle in either direction, names each, and changes nothing', async () => {
    const changed = await dumpOf(service.target.url);
    const dangling = await service.client.restore(backup.id, {
      tables: ['public.doc_folders'],
      ...withoutSafetyBackup,
    });
    expect(dangling).toMatchObject({
      status: 'failed',
      error_code: 'backups.restore.integrity_violation',
      strategy: 'scoped',
      tables: ['public.doc_folders'],
    });
    const details = detailsOfFailure(dangling);
    expect(details?.['foreign_keys']).toEqual(
      expect.arrayContaining([
        { constraint: 'docs_folder_id_fkey', table: 'public.docs', references: 'public.doc_folders', rows: 2 },
        { constraint: 'doc_folders_owner_id_fkey', table: 'public.doc_folders', references: 'public.users', rows: 1 },
      ]),
    );
    expect(details?.['error']).toMatch(/^Foreign keys would not hold: .*docs_folder_id_fkey/);
    expect(await dumpOf(service.target.url)).toEqual(changed);
  });

  it('replaces the rows of these tables, and its safety backup undoes that', async () => {
    // With the tables that they point to, and without those that point to them.
    await sql(`UPDATE tasks SET title = 'x'; UPDATE docs SET title = 'x'`);
    const old = await dumpOf(service.target.url);
    const run = await service.client.restore(backup.id, { tables: ['public.docs', 'public.doc_*', 'public.users'] });
    expect(run).toMatchObject({ status: 'success', strategy: 'scoped' });
    expect(run.tables).toEqual(expect.arrayContaining(['public.docs', 'public.doc_versions', 'public.users']));
    expect(run.tables).not.toContain('public.docs_fts');
    const after = await dumpOf(service.target.url);
    expect(after).not.toEqual(old);
    const audited = await service.query(
      `SELECT action, details FROM audit_records WHERE details @> '{"restore_id": ${run.id}}' AND action LIKE 'backups.restore.%' ORDER BY seq`,
    );
    expect(audited.map(({ action }) => action)).toEqual(['backups.restore.start', 'backups.restore.success']);
    for (const { details: said } of audited) expect(said).toMatchObject({ tables: run.tables });

    // Its safety backup has these tables, and brings them back when nothing else is said.
    const [safety] = (await service.client.get('/backups')).body.items;
    expect(safety).toMatchObject({ trigger: 'safety', status: 'success', meta_json: { backup_scope: ['TABLES'] } });
    expect(await service.client.restore(safety?.id ?? 0, {}, 'restore/dry-run')).toMatchObject({
      status: 'success',
      strategy: 'scoped',
    });
    expect(await service.client.restore(safety?.id ?? 0, withoutSafetyBackup)).toMatchObject({ status: 'success' });
    expect(await dumpOf(service.target.url)).toEqual(old);
  });

  it('needs the tables that were asked for in the target, and no others', async () => {
    await sql(`DROP TABLE doc_acl; DROP TABLE docs_fts; UPDATE tasks SET title = 'x'`);
    const missing = await service.client.restore(backup.id, { tables: ['public.doc_acl', 'public.tasks'] });
    expect(detailsOfFailure(missing)).toMatchObject({
      findings: [{ code: 'scope.table_missing', names: { table: 'public.doc_acl' } }],
    });
    expect(await service.client.restore(backup.id, { tables: ['public.task*'], ...withoutSafetyBackup })).toMatchObject(
      { status: 'success' },
    );
    expect((await sql(`SELECT FROM tasks WHERE title = 'x'`)).rowCount).toBe(0);
  });
});
