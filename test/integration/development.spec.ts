import { chmodSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Development, developmentSecrets, prepareDevelopment } from '../../src/embedded/development';
import { itLong } from '../support/form';
import { withClient } from '../support/cluster';

let directory: string;
let development: Development | undefined;

beforeEach(() => {
  // One level down, so that the directory itself is made by the product.
  const parent = mkdtempSync(join(tmpdir(), 'berkut-development-'));
  chmodSync(parent, 0o755);
  directory = join(parent, '.berkut');
});

afterEach(async () => {
  await development?.stop();
  development = undefined;
  await rm(join(directory, '..'), { recursive: true, force: true });
});

describe('a service without configuration', () => {
  it('gets a server with the demo database, and finds its changes and its keys again later', async () => {
    const first = await prepareDevelopment({ directory });
    expect(first.clusterDirectory).toBe(join(directory, 'cluster'));
    const { BERKUT_DB_URL: url = '' } = first.environment;
    expect(new URL(url).pathname).toBe('/scc');
    await withClient(url, (client) => client.query(`UPDATE users SET full_name = 'Змінено' WHERE id = 1`));
    await first.stop();

    development = await prepareDevelopment({ directory });
    const { BERKUT_DB_URL: again = '', ...files } = development.environment;
    const found = await withClient(again, (client) => client.query('SELECT full_name FROM users WHERE id = 1'));
    expect(found.rows).toEqual([{ full_name: 'Змінено' }]);
    expect(files).toEqual(
      Object.fromEntries(Object.entries(first.environment).filter(([name]) => name !== 'BERKUT_DB_URL')),
    );
  });

  itLong('works from a place that the server cannot enter, as root in its own home does', async () => {
    chmodSync(join(directory, '..'), 0o700);
    development = await prepareDevelopment({ directory });
    const { environment, clusterDirectory } = development;
    try {
      const found = await withClient(environment['BERKUT_DB_URL'] ?? '', (client) =>
        client.query('SELECT FROM incidents'),
      );
      expect(found.rowCount).toBe(500);
      expect(statSync(clusterDirectory).mode & 0o777).toBe(0o700);
    } finally {
      await development.stop();
      if (!clusterDirectory.startsWith(directory)) await rm(clusterDirectory, { recursive: true });
    }
  });

  it('keeps its keys in files of their owner alone', async () => {
    const environment = await developmentSecrets(directory);
    const secrets = join(directory, 'secrets');
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    expect(Object.values(environment).sort()).toEqual(
      (await readdir(secrets)).sort().map((name) => join(secrets, name)),
    );
    for (const file of Object.values(environment)) expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
    expect(readFileSync(environment['BACKUP_ENCRYPTION_KEY_FILE'] ?? '', 'utf8')).toMatch(/^[0-9a-f]{64}\s*$/);
  });

  it('makes each key once, however many ask at the same time', async () => {
    const environments = await Promise.all(Array.from({ length: 8 }, () => developmentSecrets(directory)));
    const before = Object.values(environments[0] ?? {}).map((file) => readFileSync(file, 'utf8'));
    const after = Object.values(await developmentSecrets(directory)).map((file) => readFileSync(file, 'utf8'));
    expect(after).toEqual(before);
    expect(new Set(before).size).toBe(3);
  });
});
