import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { provideDemoDatabase } from '../../src/embedded/demo/demo-database';
import { loadDemo } from '../../src/embedded/demo/load-demo';
import { itLong } from '../support/form';
import { type TestDatabase, testCluster, throwawayCluster, withClient } from '../support/cluster';

const SCC_TABLES =
  `entity_links doc_acl doc_versions docs_fts docs folder_acl doc_templates doc_folders doc_reg_counters
  task_tag_links task_files task_blocks task_comments task_assignments task_archive_entries tasks task_subcolumns task_columns
  task_board_acl task_recurring_instances task_recurring_rules task_templates task_board_layouts task_boards task_space_acl
  task_spaces task_tags incident_artifact_files incident_timeline incident_attachments incident_links incident_acl
  incident_stage_entries incident_stages incident_participants incident_reg_counters incidents report_snapshot_items
  report_snapshots report_charts report_sections report_meta report_templates report_settings monitor_notification_deliveries
  monitor_notifications monitor_notification_state notification_channels monitor_maintenance monitor_tls monitor_events
  monitor_metrics monitor_assets monitor_state monitor_sla_period_results monitor_sla_policies monitors monitoring_settings
  control_framework_map control_framework_items control_frameworks control_violations control_comments control_checks controls
  control_types approval_comments approval_participants doc_export_approval_decisions doc_export_approvals approvals users
  groups roles user_roles user_groups group_roles sessions`.split(/\s+/);

let demo: TestDatabase;

beforeAll(async () => {
  demo = await testCluster().createDatabase(undefined, { demo: true });
});

afterAll(async () => {
  await demo.drop();
});

async function values(client: Client, sql: string): Promise<unknown[]> {
  const found = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
  return found.rows.flat();
}

const number = (sql: string): Promise<number> =>
  withClient(demo.url, async (client) => Number((await values(client, `SELECT count(*) FROM ${sql}`))[0]));

describe('the demo database', () => {
  it('has every table of the scope map, each with rows', async () => {
    await withClient(demo.url, async (client) => {
      for (const table of SCC_TABLES) {
        expect([table, await values(client, `SELECT EXISTS (SELECT FROM public.${table})`)]).toEqual([table, [true]]);
      }
    });
  });

  it('has some fifty thousand rows', async () => {
    const rows = await withClient(demo.url, async (client) => {
      const tables = await values(
        client,
        `SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384`,
      );
      let sum = 0;
      for (const table of tables) sum += Number((await values(client, `SELECT count(*) FROM ${String(table)}`))[0]);
      return sum;
    });
    expect(rows).toBeGreaterThan(45_000);
    expect(rows).toBeLessThan(65_000);
  });

  it.each([
    ['foreign keys', `pg_constraint WHERE contype = 'f' AND conparentid = 0`, 90],
    ['tables that refer to themselves', `pg_constraint WHERE contype = 'f' AND conrelid = confrelid`, 5],
    ['constraints checked at commit', `pg_constraint WHERE condeferred`, 4],
    ['exclusion constraints', `pg_constraint WHERE contype = 'x'`, 1],
    ['identity columns made always', `pg_attribute WHERE attidentity = 'a'`, 20],
    ['identity columns made by default', `pg_attribute WHERE attidentity = 'd'`, 3],
    ['generated columns', `pg_attribute WHERE attgenerated = 's'`, 3],
    [
      'sequences of their own',
      `pg_sequence WHERE NOT EXISTS (SELECT FROM pg_depend WHERE objid = seqrelid AND deptype IN ('a', 'i'))`,
      2,
    ],
    ['views', `pg_views WHERE schemaname = 'public'`, 3],
    ['materialized views with data', `pg_matviews WHERE ispopulated`, 1],
    ['materialized views without data', `pg_matviews WHERE NOT ispopulated`, 1],
    ['functions, procedures and aggregates', `pg_proc WHERE pronamespace = 'public'::regnamespace`, 8],
    ['triggers', `pg_trigger WHERE NOT tgisinternal AND tgparentid = 0`, 8],
    ['enums', `pg_type WHERE typtype = 'e'`, 5],
    ['domains', `pg_type WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace`, 1],
    ['partitioned tables', `pg_partitioned_table`, 2],
    ['partitions with rows', `(SELECT DISTINCT tableoid FROM monitor_metrics) AS used`, 5],
    ['unlogged tables', `pg_class WHERE relkind = 'r' AND relpersistence = 'u'`, 1],
    ['large objects', `pg_largeobject_metadata`, 24],
    ['policies on rows', `pg_policies`, 2],
    ['JSONB columns', `pg_attribute WHERE atttypid = 'jsonb'::regtype`, 10],
    ['array columns', `pg_attribute WHERE attndims > 0 AND attrelid >= 16384`, 10],
    ['names of other letters and with quotation marks', `pg_class WHERE relname = 'Звіт "за квартал"'`, 1],
    ['users with Cyrillic names', `users WHERE full_name ~ '[А-Яа-яІі]'`, 100],
    ['tasks of incidents, across scopes', `tasks WHERE incident_id IS NOT NULL`, 100],
  ])('has %s', async (_, sql, atLeast) => {
    expect(await number(sql)).toBeGreaterThanOrEqual(atLeast);
  });

  it('has foreign keys across its scopes', async () => {
    const pairs = await withClient(demo.url, (client) =>
      values(
        client,
        `SELECT conrelid::regclass || ' > ' || confrelid::regclass FROM pg_constraint WHERE contype = 'f'`,
      ),
    );
    expect(pairs).toEqual(
      expect.arrayContaining([
        'tasks > incidents',
        'docs > users',
        'incident_links > docs',
        'report_snapshot_items > incidents',
        'controls > docs',
        'approvals > docs',
        'monitor_events > incidents',
      ]),
    );
  });

  it('carries its schema version as goose keeps it', async () => {
    const found = await withClient(demo.url, (client) =>
      values(client, `SELECT version_id::int FROM goose_db_version WHERE is_applied ORDER BY id DESC LIMIT 1`),
    );
    expect(found).toEqual([42]);
  });

  it('keeps large objects whose content fits the sums beside them, the empty one included', async () => {
    expect(await number(`incident_artifact_files WHERE sha256(lo_get(content)) <> sha256`)).toBe(0);
    expect(await number(`incident_artifact_files WHERE lo_get(content) = ''`)).toBe(1);
  });

  it('gives out numbers that no row has yet', async () => {
    // In a copy: a sequence goes on even where the transaction does not.
    const copy = await testCluster().createDatabase(undefined, { demo: true });
    try {
      await withClient(copy.url, async (client) => {
        await client.query(
          `INSERT INTO incidents (title, description, severity, owner_id, score) VALUES ('новий', '', 'low', 1, 0)`,
        );
        await client.query(`INSERT INTO docs (title, created_by) VALUES ('нова політика', 1)`);
        expect(
          await values(client, `SELECT count(*)::int FROM docs_fts WHERE words @@ to_tsquery('simple', 'нова')`),
        ).toEqual([1]);
      });
    } finally {
      await copy.drop();
    }
  });

  itLong('comes out the same from every load', async () => {
    const other = await testCluster().createDatabase();
    try {
      await withClient(other.url, loadDemo);
      const [first, second] = await Promise.all([dump(demo), dump(other)]);
      expect(first === second).toBe(true);
      expect(first).toContain('CREATE TABLE public.docs');
    } finally {
      await other.drop();
    }
  });

  it('leaves nothing behind when it cannot be loaded', async () => {
    const other = await testCluster().createDatabase();
    try {
      await withClient(other.url, async (client) => {
        await client.query('CREATE TABLE approvals (id integer)');
        await expect(loadDemo(client)).rejects.toThrow(/already exists/);
        expect(await values(client, `SELECT relname FROM pg_class WHERE relkind = 'r' AND oid >= 16384`)).toEqual([
          'approvals',
        ]);
      });
    } finally {
      await other.drop();
    }
  });
});

describe('a server that has had the demo database', () => {
  itLong('does not get it again while anything of it is left', async () => {
    const cluster = await throwawayCluster();
    try {
      await withClient(cluster.adminUrl, async (admin) => {
        await admin.query('CREATE DATABASE demo_loading');
        await provideDemoDatabase(admin, cluster.url);
        await admin.query('ALTER DATABASE scc RENAME TO scc_before_7');
        await provideDemoDatabase(admin, cluster.url);
        expect(await values(admin, `SELECT datname FROM pg_database WHERE datname ~ '^(scc|demo)'`)).toEqual([
          'scc_before_7',
        ]);
      });
    } finally {
      await cluster.stop();
    }
  });
});

// Two lines of a dump carry a random token.
async function dump(database: TestDatabase): Promise<string> {
  const { stdout } = await promisify(execFile)(join(testCluster().binDirectory, 'pg_dump'), ['-d', database.name], {
    env: { PGHOST: '127.0.0.1', PGPORT: new URL(database.url).port, ...credentials(database.url) },
    maxBuffer: 2 ** 28,
  });
  return stdout.replace(/^\\(un)?restrict .*$/gm, '');
}

function credentials(url: string): Record<string, string> {
  const { username, password } = new URL(url);
  return { PGUSER: username, PGPASSWORD: password };
}
