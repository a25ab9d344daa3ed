import pg from 'pg';
import { SCC_SCOPES } from '../../src/kernel/config/scc-scopes';
import { isLong, itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { wrapTools } from '../support/tool-wrapper';
import { dumpOf } from '../support/dump-of';

const started: TestService[] = [];
const start = async (options: Parameters<typeof startTestService>[0] = {}): Promise<TestService> => {
  const service = await startTestService(options);
  started.push(service);
  return service;
};
afterEach(async () => {
  for (const service of started.splice(0)) await service.stop();
});
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
      for (const each of started.splice(0).reverse()) await each.stop();
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

describe('a restore of single tables', () => {
  it('replaces their rows alone, names what is wrong with a request and every key that would dangle, and is undone by its safety backup', async () => {
    const service = await start({ demo: true });
    const { client } = service;
    await sql(
      service,
      `INSERT INTO users (id, username, full_name, password_hash, external_id) VALUES (900001, 'leaves', 'leaves', '', gen_random_uuid());
      INSERT INTO doc_folders (id, name, owner_id) OVERRIDING SYSTEM VALUE VALUES (900001, 'of one who leaves', 900001)`,
    );
    const backup = await client.backUp();
    const refused = async (body: object) => {
      const answer = await client.post(`/backups/${backup.id}/restore`, body);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'backups.invalid_request']);
      return answer.body.error.details;
    };
    const [partition] = (
      await sql(
        service,
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
    for (const other of [{ scope: ['docs'] }, { online: true }, { into: 'scc_copy' }]) {
      expect(await refused({ tables: ['public.docs'], ...other })).toMatchObject({
        fields: ['tables', ...Object.keys(other)],
      });
    }
    expect(await refused({ tables: [] })).toBeDefined();

    // Both ways: rows of others that point into the table, and rows of the table that point to others.
    await sql(
      service,
      `DELETE FROM doc_folders WHERE id = 900001; DELETE FROM users WHERE id = 900001;
      INSERT INTO doc_folders (id, name) OVERRIDING SYSTEM VALUE VALUES (900002, 'since');
      UPDATE docs SET folder_id = 900002 WHERE id IN (SELECT id FROM docs ORDER BY id LIMIT 2)`,
    );
    const changed = await dumpOf(service.target.url);
    const dangling = await client.restore(backup.id, {
      tables: ['public.doc_folders'],
      skip_safety_backup_reason: 'only a test of this',
    });
    expect(dangling).toMatchObject({
      status: 'failed',
      error_code: 'backups.restore.integrity_violation',
      strategy: 'scoped',
      tables: ['public.doc_folders'],
    });
    const details = dangling.steps.find(({ status }) => status === 'failed')?.details;
    expect(details?.['foreign_keys']).toEqual(
      expect.arrayContaining([
        { constraint: 'docs_folder_id_fkey', table: 'public.docs', references: 'public.doc_folders', rows: 2 },
        { constraint: 'doc_folders_owner_id_fkey', table: 'public.doc_folders', references: 'public.users', rows: 1 },
      ]),
    );
    expect(details?.['error']).toMatch(/^Foreign keys would not hold: .*docs_folder_id_fkey/);
    expect(await dumpOf(service.target.url)).toEqual(changed);

    // With the tables that they point to, and without those that point to them.
    await sql(service, `UPDATE tasks SET title = 'x'; UPDATE docs SET title = 'x'`);
    const old = await dumpOf(service.target.url);
    const run = await client.restore(backup.id, { tables: ['public.docs', 'public.doc_*', 'public.users'] });
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
    const [safety] = (await client.get('/backups')).body.items;
    expect(safety).toMatchObject({ trigger: 'safety', status: 'success', meta_json: { backup_scope: ['TABLES'] } });
    expect(await client.restore(safety?.id ?? 0, {}, 'restore/dry-run')).toMatchObject({
      status: 'success',
      strategy: 'scoped',
    });
    expect(await client.restore(safety?.id ?? 0, { skip_safety_backup_reason: 'only a test of this' })).toMatchObject({
      status: 'success',
    });
    expect(await dumpOf(service.target.url)).toEqual(old);
    await sql(service, 'DROP TABLE doc_acl; DROP TABLE docs_fts');
    const missing = await client.restore(backup.id, { tables: ['public.doc_acl', 'public.tasks'] });
    expect(missing.steps.find(({ status }) => status === 'failed')?.details).toMatchObject({
      findings: [{ code: 'scope.table_missing', names: { table: 'public.doc_acl' } }],
    });
    expect(
      await client.restore(backup.id, { tables: ['public.task*'], skip_safety_backup_reason: 'only a test of this' }),
    ).toMatchObject({ status: 'success' });
    expect((await sql(service, `SELECT FROM tasks WHERE title = 'x'`)).rowCount).toBe(0);
  });
});

describe('a restore in place', () => {
  itLong('replaces everything in one transaction when the role may not make databases', async () => {
    const role = `in_place_${process.pid}`;
    const name = `in_place_${process.pid}`;
    const admin = testCluster().adminUrl;
    await withClient(admin, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pw' IN ROLE pg_signal_backend`);
      await client.query(`CREATE ROLE ${role}_second ROLE ${role}`);
      await client.query(`CREATE DATABASE ${name} OWNER ${role} TEMPLATE template0`);
    });
    const url = testCluster().url(name, role, 'pw');
    try {
      await withClient(url, (db) =>
        db.query(`CREATE TABLE a (id serial PRIMARY KEY, v text); INSERT INTO a (v) SELECT 'row ' || n FROM generate_series(1, 5000) n;
                  CREATE TABLE b (id int REFERENCES a, d numeric GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO b SELECT id FROM a;
                  CREATE SCHEMA extra; CREATE VIEW extra.v AS SELECT * FROM a; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;
                  CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS E'BEGIN\nPERFORM 1;\nEND'; CREATE TYPE mood AS ENUM ('ok', 'bad');
                  CREATE DOMAIN positive AS int CHECK (VALUE > 0); SELECT lo_from_bytea(77, 'large');
                  GRANT CREATE ON SCHEMA public, extra TO ${role}_second; SET ROLE ${role}_second;
                  CREATE TABLE theirs (i int); CREATE TABLE extra.theirs (i int); RESET ROLE; REVOKE CREATE ON SCHEMA extra FROM ${role}_second`),
      );
      const service = await start({ environment: { BERKUT_DB_URL: url } });
      const backup = await service.client.backUp();
      const before = await dumpOf(url);
      await withClient(url, (db) =>
        db.query(
          `DROP TABLE b; UPDATE a SET v = 'x'; CREATE TABLE later (t text); DROP TYPE mood; SELECT lo_unlink(77)`,
        ),
      );
      const dryRun = await service.client.restore(backup.id, {}, 'restore/dry-run');
      expect(dryRun).toMatchObject({ status: 'success', strategy: 'in_place' });
      expect(await service.client.restore(backup.id, { online: true })).toMatchObject({
        status: 'failed',
        error_code: 'backups.restore.incompatible_version',
        meta_json: { compatibility: { findings: [expect.objectContaining({ code: 'online.needs_swap' })] } },
      });
      const run = await service.client.restore(backup.id);
      expect(run).toMatchObject({ status: 'success', strategy: 'in_place' });
      expect(run).not.toHaveProperty('rollback_until');
      expect(await dumpOf(url)).toEqual(before);
      const { items } = (await service.client.get('/backups')).body;
      expect(items[0]).toMatchObject({ trigger: 'safety', status: 'success' });

      // What the safety backup holds is the state that was replaced.
      await withClient(url, (db) => db.query('CREATE TABLE broken (id int)'));
      const rehearsal = await service.client.restore(backup.id, { mode: 'rehearse' }, 'restore/dry-run');
      expect(rehearsal).toMatchObject({ status: 'failed', error_code: 'backups.restore.incompatible_version' });
      const back = await service.client.restore(items[0]?.id ?? 0);
      expect(back.status).toBe('success');
      expect((await withClient(url, (db) => db.query('SELECT FROM later'))).rowCount).toBe(0);
    } finally {
      for (const each of started.splice(0)) await each.stop();
      await withClient(admin, async (client) => {
        await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
        await client.query(`DROP ROLE ${role}, ${role}_second`);
      });
    }
  });

  itLong('leaves everything as it was when it fails in the middle', async () => {
    const wrapper = await wrapTools();
    try {
      const service = await start({
        demo: true,
        environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place', BERKUT_BACKUP_PGDUMP_BIN: wrapper.pgDumpBin },
      });
      const backup = await service.client.backUp();
      await sql(service, 'DELETE FROM task_comments');
      const before = await dumpOf(service.target.url);
      await wrapper.killRestore();
      const run = await service.client.restore(backup.id, {
        scope: ['ALL'],
        skip_safety_backup_reason: 'only a test of this',
      });
      expect(run).toMatchObject({ status: 'failed', error_code: 'backups.restore.pg_restore_failed' });
      expect(await dumpOf(service.target.url)).toEqual(before);
      await wrapper.spare();
      expect(await service.client.restore(backup.id)).toMatchObject({ status: 'success', strategy: 'in_place' });
    } finally {
      await wrapper.remove();
    }
  });
});
