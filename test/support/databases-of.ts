import type { TestService } from './app';
import { testCluster, withClient } from './cluster';

/** Names of the target and of all databases that restores and rehearsals have made of it, in order. */
export function databasesOf({ target }: Pick<TestService, 'target'>): Promise<string[]> {
  return withClient(testCluster().adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1',
      [`${target.name}%`],
    );
    return rows.map(({ datname }) => datname);
  });
}
