import { DataSource } from 'typeorm';
import { entities } from '../../ormconfig';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { controlDataSourceOptions, prepareControlDatabase } from '../../src/kernel/database/control-database';
import { testCluster, withClient } from '../support/cluster';

describe('the control database', () => {
  const cluster = testCluster();
  const name = `control_${process.pid}`;
  const url = cluster.url(name);
  const address = parseDatabaseUrl(url);
  afterEach(() =>
    withClient(cluster.adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  );

  it('is made when it is missing, by several replicas at once, and again without a change', async () => {
    await Promise.all([1, 2, 3].map(() => prepareControlDatabase(address)));
    await prepareControlDatabase(address);
    const applied = await withClient(url, (client) => client.query('SELECT name FROM migrations'));
    expect(applied.rowCount).toBeGreaterThan(1);
  });

  it('has, after its migrations, exactly the schema that the entities describe', async () => {
    await prepareControlDatabase(address);
    const dataSource = await new DataSource({ ...controlDataSourceOptions(address), entities }).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('can be taken back to nothing, migration by migration', async () => {
    await prepareControlDatabase(address);
    const dataSource = await new DataSource(controlDataSourceOptions(address)).initialize();
    try {
      while ((await dataSource.query<unknown[]>('SELECT FROM migrations')).length > 0)
        await dataSource.undoLastMigration();
      const left = await dataSource.query<unknown[]>(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^(migrations|PK_)'`,
      );
      expect(left).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('forgets what an earlier version has noted of copies, which did not say where they are', async () => {
    await prepareControlDatabase(address);
    const dataSource = await new DataSource(controlDataSourceOptions(address)).initialize();
    try {
      const wasApplied = () => dataSource.query<unknown[]>(`SELECT FROM migrations WHERE name LIKE 'VerifiedCopies%'`);
      while ((await wasApplied()).length > 0) await dataSource.undoLastMigration();
      await dataSource.query(
        `INSERT INTO backup_files (backup_id, storage, state, updated_at) VALUES (1, 'near', 'present', now())`,
      );
      await dataSource.runMigrations();
      expect(await dataSource.query('SELECT FROM backup_files')).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('keeps what an earlier version has noted of lost files, and gives it back', async () => {
    await prepareControlDatabase(address);
    const dataSource = await new DataSource(controlDataSourceOptions(address)).initialize();
    try {
      const wasApplied = () => dataSource.query<unknown[]>(`SELECT FROM migrations WHERE name LIKE 'FileFaults%'`);
      while ((await wasApplied()).length > 0) await dataSource.undoLastMigration();
      const earlier = [
        [1, 'success', null],
        [2, 'success', 'backups.file_missing'],
        [3, 'success', 'backups.checksum_mismatch'],
        [4, 'failed', 'backups.no_space'],
        [5, 'failed', 'backups.checksum_mismatch'],
        [6, 'success', 'backups.interrupted'],
      ];
      for (const row of earlier) {
        await dataSource.query(
          `INSERT INTO backups (id, source, trigger, status, scope, include_files, requested_by, error_code, created_at, updated_at)
           VALUES ($1, 'local', 'manual', $2, '{ALL}', false, 'x', $3, now(), now())`,
          row,
        );
      }
      await prepareControlDatabase(address);
      const found = await dataSource.query<unknown[]>('SELECT error_code, file_fault FROM backups ORDER BY id');
      expect(found).toEqual([
        { error_code: null, file_fault: null },
        { error_code: null, file_fault: 'missing' },
        { error_code: null, file_fault: 'changed' },
        { error_code: 'backups.no_space', file_fault: null },
        { error_code: 'backups.checksum_mismatch', file_fault: null },
        { error_code: null, file_fault: null },
      ]);
      while ((await wasApplied()).length > 0) await dataSource.undoLastMigration();
      const codes = await dataSource.query<{ error_code: string | null }[]>(
        'SELECT error_code FROM backups ORDER BY id',
      );
      // The code of a success that is none of its file means nothing and is not kept.
      expect(codes.map((row) => row.error_code)).toEqual([...earlier.slice(0, 5).map(([, , code]) => code), null]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('refuses to change or remove an audit record', async () => {
    await prepareControlDatabase(address);
    await withClient(url, async (client) => {
      await client.query(
        `INSERT INTO audit_records (seq, at, actor, actor_roles, action, result, details, prev_hash, hash, signature) VALUES (1, now(), 'a', '{}', 'x', 'y', '{}', '', '', '')`,
      );
      for (const change of [
        `UPDATE audit_records SET actor = 'b'`,
        'DELETE FROM audit_records',
        'TRUNCATE audit_records',
      ]) {
        await expect(client.query(change)).rejects.toThrow('append-only');
      }
    });
  });
});
