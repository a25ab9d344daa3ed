import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDevelopment } from '../../src/embedded/development';
import { withClient } from '../support/cluster';

/** `scripts/setup.sh` fetches the oldest and the newest version where it can. */
const binDirectory = (version: number): string => join(__dirname, `../../.berkut/postgres/${version}/bin`);
const fetched = [13, 18].filter((version) => existsSync(binDirectory(version)));

describe('a service without configuration', () => {
  it.each(fetched)('has its own server and the demo where only PostgreSQL %i is installed', async (version) => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-development-'));
    const development = await prepareDevelopment({ directory, binDirectory: binDirectory(version) });
    try {
      const found = await withClient(development.environment['BERKUT_DB_URL'] ?? '', async (client) => {
        const { rows } = await client.query<{ major: number; users: string }>(
          `SELECT current_setting('server_version_num')::int / 10000 AS major, (SELECT count(*) FROM users) AS users`,
        );
        return rows;
      });
      expect(found).toEqual([{ major: version, users: '400' }]);
    } finally {
      await development.stop();
      await rm(development.clusterDirectory, { recursive: true, force: true });
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('has both versions to try where setup fetches them', () => {
    expect(fetched.length === 2 || !existsSync('/usr/bin/apt-get') || process.arch !== 'x64').toBe(true);
  });
});
