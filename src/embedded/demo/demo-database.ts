import { Client } from 'pg';
import { loadDemo } from './load-demo';

const LOADING = 'demo_loading';

/**
 * Makes the database `scc` on a server that has never had one. A server that holds anything of the kind (a kept copy, a
 * staging database, the control database) is left alone: a missing `scc` there is the restore's business.
 *
 * @param admin a superuser's connection to another database of the server
 * @param url connection URL of a database of that server
 */
export async function provideDemoDatabase(admin: Client, url: (database: string) => string): Promise<void> {
  const known = await admin.query(`SELECT FROM pg_database WHERE datname = 'scc' OR datname LIKE 'scc\\_%'`);
  if (known.rowCount !== 0) return;
  // Loaded under another name, so that a killed start leaves no half-filled scc behind.
  await admin.query(`DROP DATABASE IF EXISTS ${LOADING} WITH (FORCE)`);
  await admin.query(`CREATE DATABASE ${LOADING} TEMPLATE template0`);
  const client = new Client({ connectionString: url(LOADING) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await loadDemo(client);
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
  await admin.query(`COMMENT ON DATABASE ${LOADING} IS 'Berkut SCC, демонстрація'`);
  await admin.query(`ALTER DATABASE ${LOADING} SET timezone TO 'UTC'`);
  await admin.query(`ALTER DATABASE ${LOADING} RENAME TO scc`);
}
