import pg from 'pg';
import { liftFence, raiseFence } from '../../src/engine/postgres/database/fence';
import { problem, warning } from '../../src/engine/findings/finding';
import { sessionFindings } from '../../src/engine/postgres/check/session-findings';
import { lockTables } from '../../src/engine/postgres/database/table-locks';
import { SUPERUSER } from '../../src/embedded/place';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';

const { signal } = new AbortController();
const role = `fence_${process.pid}`;
const application = `${role}_app`;
const stranger = `${role}_stranger`;
const password = 'pw';

describe('sessions of others', () => {
  let database: TestDatabase;
  let admin: pg.Client;
  const opened: pg.Client[] = [];
  const connectAs = async (user: string, database_: string, name = ''): Promise<pg.Client> => {
    const connectionString =
      user === SUPERUSER ? testCluster().url(database_) : testCluster().url(database_, user, password);
    const client = new pg.Client({ connectionString, application_name: name });
    client.on('error', () => undefined);
    await client.connect();
    opened.push(client);
    return client;
  };
  beforeAll(() =>
    withClient(testCluster().adminUrl, (client) =>
      client.query(`CREATE ROLE ${application} LOGIN PASSWORD 'pw'; CREATE ROLE ${stranger} LOGIN PASSWORD 'pw';
        CREATE ROLE ${role} LOGIN PASSWORD 'pw' IN ROLE ${application}`),
    ),
  );
  afterAll(() =>
    withClient(testCluster().adminUrl, (client) => client.query(`DROP ROLE ${role}, ${application}, ${stranger}`)),
  );
  beforeEach(async () => {
    database = await testCluster().createDatabase();
    await withClient(testCluster().adminUrl, (client) =>
      client.query(`ALTER DATABASE ${database.name} OWNER TO ${application}`),
    );
    admin = await connectAs(role, 'postgres');
  });
  afterEach(async () => {
    for (const client of opened.splice(0)) await client.end().catch(() => undefined);
    await database.drop();
  });

  it('are ended without pg_signal_backend when the role is a member of theirs', async () => {
    const session = await connectAs(application, database.name);
    expect(await sessionFindings(admin, database.name, false)).toEqual([warning('target.sessions_may_stay')]);
    await raiseFence(admin, database.name, signal);
    await expect(session.query('SELECT 1')).rejects.toThrow();
    await liftFence(admin, database.name);
    await expect(connectAs(application, database.name)).resolves.toBeDefined();
  });

  it('are named by their application, and by nothing else, when they may not be ended', async () => {
    await connectAs(stranger, database.name, 'reports');
    await connectAs(SUPERUSER, database.name, 'monitoring');
    expect(await sessionFindings(admin, database.name, false)).toEqual([
      problem('target.foreign_sessions', { applications: ['reports'] }),
    ]);
    await expect(raiseFence(admin, database.name, signal)).rejects.toMatchObject({
      fault: 'maintenance_failed',
      details: { applications: ['monitoring', 'reports'] },
      message: expect.not.stringContaining(SUPERUSER) as string,
    });
    await liftFence(admin, database.name);
  });

  it('stay when one transaction is all that is done', async () => {
    const own = await connectAs(role, database.name);
    const monitoring = await connectAs(SUPERUSER, database.name, 'monitoring');
    const session = await connectAs(application, database.name);
    const { rows } = await own.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await raiseFence(admin, database.name, signal, rows[0]?.pid);
    await expect(session.query('SELECT 1')).rejects.toThrow();
    await monitoring.query('SELECT 1');
    await own.query('SELECT 1');
    await liftFence(admin, database.name);
  });

  it('are named, too, when they hold a table', async () => {
    const own = await connectAs(application, database.name);
    await own.query('CREATE SCHEMA s; CREATE TABLE s.t (x int)');
    await own.query('BEGIN');
    const monitoring = await connectAs(SUPERUSER, database.name, 'monitoring');
    await monitoring.query('BEGIN; LOCK TABLE s.t');
    const maintenance = parseDatabaseUrl(testCluster().url('postgres', role, password));
    const tables = ['s.t'];
    await expect(
      lockTables({ client: own, maintenance, tables, mode: 'EXCLUSIVE', patienceMs: 0, signal }),
    ).rejects.toMatchObject({ fault: 'maintenance_failed', details: { applications: ['monitoring'] } });
  });
});
