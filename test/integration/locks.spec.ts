import { parseConfig } from '../../src/kernel/config/parse-config';
import { lockName } from '../../src/kernel/operations/lock-session';
import { LockService } from '../../src/kernel/operations/lock.service';
import { TEST_KEY } from '../support/containers';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

describe('locks of one process', () => {
  let control: TestDatabase;
  let locks: LockService;
  let replica: LockService;
  beforeEach(async () => {
    control = await testCluster().createDatabase();
    const target = new URL(control.url);
    target.pathname = '/target';
    const config = parseConfig({
      APP_ENV: 'test',
      BERKUT_DB_URL: target.href,
      BERKUT_BACKUP_CONTROL_DB_URL: control.url,
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_AUTH_JWT_SECRET: 'a secret of thirty-two bytes, for tests',
    });
    locks = new LockService(config);
    replica = new LockService(config);
  });
  afterEach(async () => {
    await Promise.all([locks.onApplicationShutdown(), replica.onApplicationShutdown()]);
    await control.drop();
  });

  /** Server processes of lock connections. */
  const connections = async (): Promise<number[]> =>
    withClient(control.url, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'berkut-backups locks' AND datname = current_database()`,
      );
      return rows.map(({ pid }) => pid);
    });
  const never = new AbortController().signal;

  it('are held on one connection, and exclude each other as on two', async () => {
    await locks.during(async (one) => {
      await locks.during(async (other) => {
        expect(await one.tryLock('a', 'exclusive')).toBe(true);
        expect(await one.tryLock('a', 'exclusive')).toBe(true);
        expect(await other.tryLock('a', 'exclusive')).toBe(false);
        expect(await other.tryLock('a', 'shared')).toBe(false);
        await one.release('a', 'exclusive');
        expect(await other.tryLock('a', 'exclusive')).toBe(false);
        await one.release('a', 'exclusive');
        expect(await other.tryLock('a', 'exclusive')).toBe(true);

        expect(await one.tryLock('b', 'shared')).toBe(true);
        expect(await other.tryLock('b', 'shared')).toBe(true);
        expect(await other.tryLock('b', 'exclusive')).toBe(false);
        await one.release('b', 'shared');
        expect(await other.tryLock('b', 'exclusive')).toBe(true);
      });
      expect(await connections()).toHaveLength(1);
      expect(await one.tryLock('a', 'exclusive')).toBe(true);
      expect(await replica.tryWith('a', 'exclusive', () => Promise.resolve('taken'))).toBeUndefined();
      expect(await replica.held(['a', 'b'])).toEqual(new Set(['a']));
    });
    expect(await replica.tryWith('a', 'exclusive', () => Promise.resolve('taken'))).toBe('taken');
  });

  it('of two that try at once only one is taken', async () => {
    const sessions = await Promise.all(Array.from({ length: 8 }, () => locks.open()));
    const taken = await Promise.all(sessions.map((session) => session.tryLock(lockName.plan, 'exclusive')));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await Promise.all(sessions.map((session) => session.close()));
    expect(await connections()).toHaveLength(1);
  });

  it('a reader’s lock keeps out who wants it alone, in the same process, too', async () => {
    const release = await locks.tryRead('file');
    expect(await locks.tryWith('file', 'exclusive', () => Promise.resolve(true))).toBeUndefined();
    await locks.tryWith('file', 'shared', async () => {
      await release?.();
      await release?.();
      expect(await replica.tryWith('file', 'exclusive', () => Promise.resolve(true))).toBeUndefined();
    });
    expect(await replica.tryWith('file', 'exclusive', () => Promise.resolve(true))).toBe(true);
    await replica.during(async (session) => {
      await session.tryLock('file', 'exclusive');
      expect(await locks.tryRead('file')).toBeUndefined();
    });
  });

  it('are lost together with their connection, which every holder is told', async () => {
    const [one, other] = [await locks.open(), await locks.open()];
    await one.tryLock('one', 'exclusive');
    await other.tryLock('other', 'shared');
    await other.confirm();
    const told = Promise.all(
      [one, other].map(
        ({ signal }) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      ),
    );
    const [pid] = await connections();
    await withClient(control.url, (client) => client.query('SELECT pg_terminate_backend($1)', [pid]));
    await told;
    expect([one.isLost, other.isLost]).toEqual([true, true]);
    await expect(one.confirm()).rejects.toThrow('the connection that held the locks of this operation was lost');
    await expect(other.tryLock('other', 'shared')).rejects.toThrow();
    // What begins from now on is held on another connection.
    const next = await locks.open();
    expect(await next.tryLock('one', 'exclusive')).toBe(true);
    await one.close();
    await other.close();
    await next.confirm();
    expect([next.isLost, await replica.held(['one', 'other'])]).toEqual([false, new Set(['one'])]);
    await next.close();
  });

  it('that have to be waited for keep no other waiting, and end when the waiting is given up', async () => {
    const holder = await locks.open();
    await holder.tryLock('wanted', 'exclusive');
    const waiting = await locks.open();
    const got = waiting.lock('wanted', 'exclusive', never);
    const impatient = new AbortController();
    const givenUp = locks.with('wanted', 'shared', () => Promise.resolve(), impatient.signal);
    await eventually(async () => (await connections()).length === 3);
    expect(await locks.tryWith('another', 'exclusive', () => Promise.resolve('done'))).toBe('done');
    impatient.abort(new Error('too long'));
    await expect(givenUp).rejects.toThrow('too long');
    await holder.close();
    await got;
    expect(await locks.tryWith('wanted', 'exclusive', () => Promise.resolve(true))).toBeUndefined();
    await waiting.confirm();
    await waiting.release('wanted', 'exclusive');
    // The server gives it for a moment to the session that has given up, which only then learns that its client is gone.
    await eventually(async () => (await locks.tryWith('wanted', 'exclusive', () => Promise.resolve(true))) === true);

    // A lock that was waited for is lost with the connection of its own.
    const last = await locks.open();
    await waiting.tryLock('wanted', 'exclusive');
    const gotLater = last.lock('wanted', 'exclusive', never);
    await eventually(async () => (await connections()).length === 3);
    await waiting.close();
    await gotLater;
    const isLost = new Promise<void>((resolve) => last.signal.addEventListener('abort', () => resolve()));
    await withClient(control.url, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks
          WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      ),
    );
    await isLost;
    await last.close();
  });

  it('are given up when the service stops, even those that no operation gives back', async () => {
    const forgotten = await replica.open();
    await forgotten.tryLock('forgotten', 'exclusive');
    await replica.onApplicationShutdown();
    expect([forgotten.isLost, await locks.tryWith('forgotten', 'exclusive', () => Promise.resolve('taken'))]).toEqual([
      true,
      'taken',
    ]);
    await forgotten.close();
  });
});
