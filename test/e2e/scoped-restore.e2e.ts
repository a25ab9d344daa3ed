import { SCC_SCOPES } from '../../src/kernel/config/scc-scopes';
import { isLong, itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { servicesOfEachTest } from '../support/started-services';

const { start, stopAll } = servicesOfEachTest();
const sql = (service: TestService, text: string) => withClient(service.target.url, (db) => db.query(text));

describe('a restore of each scope, and of all', () => {
  const scopes = Object.keys(SCC_SCOPES);
  let service: TestService;
  let whole: { readonly id: number };
  let before: Awaited<ReturnType<typeof dumpOf>>;
  beforeAll(async () => {
    service = await startTestService({ demo: true });
    whole = await service.client.backUp();
    before = await dumpOf(service.target.url);
  });
  afterAll(() => service.stop());

  // Each leaves the target as it was, which it proves.
  it.each([...(isLong ? scopes : []).map((scope) => ({ scope: [scope] })), { scope: scopes }])(
    'puts back $scope and leaves everything else as it is',
    async ({ scope }) => {
      const tables = [...new Set(scope.flatMap((name) => SCC_SCOPES[name] ?? []))];
      // Rows of the scope change where nothing outside of it would be left pointing at nothing.
      await withClient(service.target.url, async (db) => {
        await db.query('BEGIN; SET LOCAL session_replication_role = replica');
        for (const table of tables) {
          const { rows } = await db.query<{ columns: string[] }>(
            `SELECT array(SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
                          AND NOT attisdropped AND attgenerated = '' AND atttypid IN ('text'::regtype) AND NOT attnotnull) AS columns`,
            [`public.${table}`],
          );
          const [column] = rows[0]?.columns ?? [];
          await db.query(column === undefined ? `DELETE FROM ${table}` : `UPDATE ${table} SET ${column} = 'зіпсовано'`);
        }
        await db.query('COMMIT');
      });
      const run = await service.client.restore(whole.id, { scope });
      expect(run).toMatchObject({ status: 'success', strategy: 'scoped' });
      // Rows come back in the order of the dump, tables in the same as before: equal dumps, foreign keys included.
      expect(await dumpOf(service.target.url)).toEqual(before);
      const { items } = (await service.client.get('/backups')).body;
      expect(items[0]).toMatchObject({
        trigger: 'safety',
        status: 'success',
        meta_json: { backup_scope: [...scope].sort() },
      });
    },
  );
});

describe('a restore of some scopes', () => {
  it('works from a backup of that scope alone, without a superuser, and sets sequences and triggers to what they were', async () => {
    const role = `scoped_${process.pid}`;
    const service = await start({ demo: true });
    const owner = new URL(service.target.url);
    await withClient(testCluster().adminUrl, (client) =>
      client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw' IN ROLE pg_signal_backend, pg_read_all_data`),
    );
    try {
      await sql(
        service,
        `DO $$ DECLARE t record; BEGIN
        FOR t IN SELECT c.oid::regclass AS name, relkind FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LOOP
          EXECUTE format('ALTER TABLE %s OWNER TO ${role}', t.name); END LOOP; END $$;
        GRANT CREATE, USAGE ON SCHEMA public TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role};
        ALTER TABLE tasks DISABLE TRIGGER USER`,
      );
      owner.username = role;
      owner.password = 'pw';
      const limited = await start({ beside: service, environment: { BERKUT_DB_URL: owner.href } });
      const backup = await limited.client.backUp({ scope: ['tasks'] });
      const before = await dumpOf(service.target.url);
      await sql(
        service,
        `DELETE FROM task_comments; UPDATE tasks SET title = 'x'; SELECT setval('task_tags_id_seq', 99999)`,
      );
      const run = await limited.client.restore(backup.id, {
        scope: ['tasks'],
        skip_safety_backup_reason: 'only a test of this',
      });
      expect(run).toMatchObject({ status: 'success', strategy: 'scoped' });
      expect(await dumpOf(service.target.url)).toEqual(before);
      const audited = await service.query(`SELECT details FROM audit_records WHERE action = 'backups.restore.start'`);
      expect(audited[0]?.['details']).toMatchObject({ skip_safety_backup_reason: 'only a test of this' });
      expect((await service.client.get('/backups?q=before%20restore')).body.total).toBe(0);
    } finally {
      await stopAll();
      await withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE ${role}`));
    }
  });

  itLong(
    'gives new columns their defaults, names those that are gone, and rows to the partitions of today',
    async () => {
      const service = await start();
      await sql(
        service,
        `CREATE TABLE users (id int PRIMARY KEY, boss int REFERENCES users); INSERT INTO users VALUES (7, NULL), (8, 7);
       CREATE TABLE tasks (id int PRIMARY KEY, title text, parent int REFERENCES tasks DEFERRABLE INITIALLY DEFERRED, owner int REFERENCES users);
       INSERT INTO tasks VALUES (2, 'b', 1, 8), (1, 'a', NULL, 7);
       ALTER TABLE users ADD COLUMN current int REFERENCES tasks; UPDATE users SET current = 2 WHERE id = 8;
       CREATE TABLE monitor_metrics (at int, v text) PARTITION BY RANGE (at);
       CREATE TABLE mm_old PARTITION OF monitor_metrics FOR VALUES FROM (0) TO (10); INSERT INTO monitor_metrics VALUES (3, 'x');`,
      );
      const backup = await service.client.backUp();
      await sql(service, 'UPDATE users SET current = NULL; DELETE FROM tasks; UPDATE users SET boss = 8');
      await sql(
        service,
        `DROP TABLE mm_old;
       ALTER TABLE tasks ADD COLUMN colour text DEFAULT 'red'; ALTER TABLE users ADD COLUMN nick text DEFAULT 'n';
       CREATE TABLE mm_new PARTITION OF monitor_metrics FOR VALUES FROM (0) TO (100); INSERT INTO monitor_metrics VALUES (50, 'y')`,
      );
      const around = async () => ({
        users: (await sql(service, 'SELECT * FROM users ORDER BY id')).rows,
        keys: (await sql(service, `SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1`))
          .rows,
      });
      const outside = await around();
      expect(outside.keys).toHaveLength(4);
      expect(await service.client.restore(backup.id, { scope: ['monitoring', 'tasks'] })).toMatchObject({
        status: 'success',
      });
      expect(await around()).toEqual(outside);
      expect((await sql(service, 'SELECT id, title, colour FROM tasks ORDER BY id')).rows).toEqual([
        { id: 1, title: 'a', colour: 'red' },
        { id: 2, title: 'b', colour: 'red' },
      ]);
      expect((await sql(service, 'SELECT * FROM mm_new')).rows).toEqual([{ at: 3, v: 'x' }]);

      await sql(service, 'ALTER TABLE tasks DROP COLUMN title');
      const before = await dumpOf(service.target.url);
      const refused = await service.client.restore(backup.id, { scope: ['tasks'] });
      expect(refused).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
      expect(refused.steps.find(({ status }) => status === 'failed')?.details).toMatchObject({
        problems: ['the target lacks the column tasks.title'],
        findings: [{ code: 'scope.column_missing', severity: 'problem', names: { column: 'tasks.title' } }],
      });
      expect(refused.steps.find(({ status }) => status === 'failed')?.name).toBe('compatibility_check');
      expect(await dumpOf(service.target.url)).toEqual(before);
    },
  );

  it('is rolled back when a row outside would point at nothing, and says which constraint and how many', async () => {
    const service = await start({ demo: true });
    const backup = await service.client.backUp();
    await sql(
      service,
      `CREATE TABLE pointing (label int PRIMARY KEY, tag int REFERENCES task_tags (id)); INSERT INTO task_tags (id, name, color) VALUES (900001, 'new', '#fff'); INSERT INTO pointing VALUES (1, 900001), (2, 900001), (3, NULL)`,
    );
    const before = await dumpOf(service.target.url);
    const run = await service.client.restore(backup.id, { scope: ['tasks'] });
    expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.integrity_violation' });
    expect(run.steps.find(({ status }) => status === 'failed')?.details).toMatchObject({
      constraint: 'pointing_tag_fkey',
      table: 'public.pointing',
      rows: 2,
    });
    expect(await dumpOf(service.target.url)).toEqual(before);
    expect((await service.client.get('/backups')).status).toBe(200);
  });

  it('is refused for scopes that the backup does not have', async () => {
    const service = await start({ demo: true });
    const backup = await service.client.backUp({ scope: ['docs'] });
    const answer = await service.client.post(`/backups/${backup.id}/restore`, { scope: ['docs', 'tasks'] });
    expect([answer.status, answer.body.error.details]).toEqual([400, { field: 'scope', not_in_backup: ['tasks'] }]);
  });
});
