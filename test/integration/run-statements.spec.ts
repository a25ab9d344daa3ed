import type pg from 'pg';
import { runStatements } from '../../src/engine/postgres/load/run-statements';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';

const run = (client: pg.Client, sql: string): Promise<void> => runStatements(client, sql, 'UTF8');

describe('statements whose answers are dropped', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testCluster().createDatabase();
  });
  afterAll(() => database.drop());

  it('are all run, in order, also when there is nothing in them', () =>
    withClient(database.url, async (client) => {
      await run(client, 'CREATE TABLE a (x int); INSERT INTO a VALUES (1); SELECT x, generate_series(1, 1000) FROM a;');
      await run(client, ' -- nothing');
      await run(client, 'UPDATE a SET x = x + 1; COPY a TO STDOUT; UPDATE a SET x = x * 10');
      expect((await client.query('TABLE a')).rows).toEqual([{ x: 20 }]);
    }));

  it('tell what is wrong, and leave a connection that can be used', () =>
    withClient(database.url, async (client) => {
      await client.query('BEGIN');
      await expect(run(client, 'SELECT 1; SELECT 1 / 0; SELECT 2')).rejects.toMatchObject({ code: '22012' });
      await client.query('ROLLBACK');
      expect((await client.query('SELECT 3 AS x')).rows).toEqual([{ x: 3 }]);
    }));

  it('are refused when they want rows', () =>
    withClient(database.url, async (client) => {
      await expect(run(client, 'CREATE TEMPORARY TABLE b (x int); COPY b FROM STDIN')).rejects.toMatchObject({
        code: '57014',
        message: expect.stringContaining('without rows') as string,
      });
    }));

  it('end when the connection does', () =>
    withClient(database.url, async (client) => {
      client.on('error', () => undefined);
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const ended = expect(run(client, 'SELECT pg_sleep(600)')).rejects.toThrow();
      await withClient(testCluster().adminUrl, (admin) =>
        admin.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]),
      );
      await ended;
    }));
});
