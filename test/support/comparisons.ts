import { Client } from 'pg';
import type { ComparisonDto } from '../../src/restore/http/comparison.dto';
import type { TestService } from './app';
import { testCluster, withClient } from './cluster';
import { eventually } from './eventually';

type Compared = Pick<TestService, 'client' | 'target'>;

/** The comparison of a kept rehearsal with the target, once it has been made. */
export async function comparisonOf({ client }: Compared, run: number, query = ''): Promise<ComparisonDto> {
  const path = `/backups/restores/${run}/comparison${query}`;
  let answer = await client.get<{ item: ComparisonDto }>(path);
  await eventually(async () => {
    if (answer.status === 202) answer = await client.get<{ item: ComparisonDto }>(path.replace('refresh=true', ''));
    return answer.status !== 202;
  });
  expect([answer.status, answer.body.item.status]).toEqual([200, 'success']);
  return answer.body.item;
}

/** A comparison that waits for a table of the target, which another session has locked. */
export async function comparisonHeldUp({ client, target }: Compared, run: number, table: string) {
  const path = `/backups/restores/${run}/comparison`;
  const holder = new Client({ connectionString: target.url });
  const isGone = new Promise<void>((resolve) => holder.on('error', () => resolve()));
  await holder.connect();
  await holder.query(`BEGIN; LOCK TABLE ${table}`);
  expect((await client.get(`${path}?refresh=true`)).status).toBe(202);
  await eventually(() =>
    withClient(testCluster().adminUrl, async (db) => {
      const { rowCount } = await db.query(
        `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = $1 AND NOT l.granted`,
        [target.name],
      );
      return rowCount !== 0;
    }),
  );
  return {
    /** Resolves when the session that holds the lock has been ended by others. */
    isGone,
    /** Lets the comparison go on, and waits for its end. */
    async end(): Promise<ComparisonDto> {
      await holder.end();
      let item: ComparisonDto | undefined;
      await eventually(async () => {
        const answer = await client.get<{ item: ComparisonDto }>(path);
        item = answer.body.item;
        return answer.status === 200;
      });
      if (item === undefined) throw new Error('there is no comparison');
      return item;
    },
  };
}
