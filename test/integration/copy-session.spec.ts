import { createHash } from 'node:crypto';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Cluster } from '../../src/embedded/cluster';
import { findServerUser } from '../../src/embedded/server-user';
import { type Borrowed, copies, copyOf, look } from '../../src/engine/bytes/borrowed';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import type { Copied } from '../../src/engine/postgres/copy/copy-out';
import { CopySession } from '../../src/engine/postgres/copy/copy-session';
import { runTool } from '../../src/engine/process/run-tool';
import { CertificateAuthority } from '../support/certificates';
import { throwawayCluster, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { itLong } from '../support/form';

/** Rows of every length up to some kilobytes, with whatever has to be written otherwise in the text of a copy. */
const MIXED = `
  CREATE TABLE mixed AS
    SELECT i AS id, CASE WHEN i % 7 = 0 THEN NULL ELSE repeat(E'\\\\ \\t\\n\\r\\\\. я ', i % 100) END AS text,
           decode(md5(i::text), 'hex') AS bytes, CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN E'\\\\N' ELSE E'\\\\.' END AS mark
      FROM generate_series(1, 20000) AS i;
  CREATE TABLE nothing (id int);
  CREATE TABLE no_columns ();
  INSERT INTO no_columns SELECT FROM generate_series(1, 1000);
  CREATE TABLE wide AS SELECT repeat('x', 10000000) AS value FROM generate_series(1, 2);
  ALTER TABLE wide ALTER value SET STORAGE EXTERNAL;`;

describe('a session that copies', () => {
  let directory: string;
  let cluster: Cluster;
  let ways: Record<string, string>;
  const { signal } = new AbortController();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-copy-'));
    const user = await findServerUser();
    const shown = new CertificateAuthority(directory, 'ours').issue('db', ['DNS:localhost']);
    if (user !== undefined) {
      await chmod(directory, 0o755);
      await chown(shown.key, user.uid, user.gid);
    }
    // Two scans of a table at once may begin in its middle.
    const settings = { ssl: 'on', ssl_cert_file: shown.cert, ssl_key_file: shown.key, synchronize_seqscans: 'off' };
    cluster = await throwawayCluster(settings);
    await withClient(cluster.adminUrl, async (db) => {
      await db.query(MIXED);
      const { rows } = await db.query<{ place: string }>(`SELECT current_setting('unix_socket_directories') AS place`);
      const socket = new URL(cluster.adminUrl);
      socket.searchParams.set('host', rows[0]?.place.split(',')[0]?.trim() ?? '');
      ways = {
        plain: `${cluster.adminUrl}?sslmode=disable`,
        encrypted: `${cluster.adminUrl}?sslmode=require`,
        ...(socket.searchParams.get('host') === '' ? {} : { 'of this machine': socket.href }),
      };
    });
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const addressOf = (way = 'plain') => parseDatabaseUrl(ways[way] ?? '');

  /** What the statements give: digest of all bytes, and what was told of each. */
  async function copied(session: CopySession, statements: readonly string[]) {
    const digest = createHash('sha256');
    const told: Copied[] = [];
    for await (const chunk of session.copyOut(statements, (i, one) => (told[i] = one))) digest.update(look(chunk));
    return { sha256: digest.digest('hex'), told };
  }

  /** The same by PostgreSQL's own program. */
  async function byPsql(statements: readonly string[]): Promise<string> {
    const psql = join(cluster.binDirectory, 'psql');
    const digest = createHash('sha256');
    for (const statement of statements) {
      const encoding = { PGCLIENTENCODING: 'UTF8' };
      digest.update(await runTool({ command: psql, args: ['-XAtqc', statement, cluster.adminUrl], env: encoding }));
    }
    return digest.digest('hex');
  }

  const ALL = ['mixed', 'nothing', 'no_columns', 'mixed'].map((table) => `COPY ${table} TO STDOUT`);

  it.each(['plain', 'encrypted', 'of this machine'])(
    'gives the bytes that psql gives, and counts rows, over a connection that is %s',
    async (way) => {
      await CopySession.use(
        addressOf(way),
        async (session) => {
          const { rows } = await session.client.query<{ ssl: boolean }>(
            'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
          );
          expect(rows).toEqual([{ ssl: way === 'encrypted' }]);
          const first = await copied(session, ALL);
          expect(first.sha256).toBe(await byPsql(ALL));
          expect(first.told.map((one) => one.rows)).toEqual([20000, 0, 1000, 20000]);
          expect(first.told[1]?.bytes).toBe(0);
          expect(first.told[2]?.bytes).toBe(1000);
          expect(first.told[3]).toEqual(first.told[0]);
          // The driver has the connection back, and gives it away again.
          await session.client.query('SELECT 1');
          expect(await copied(session, ALL)).toEqual(first);
        },
        signal,
      );
    },
  );

  it('gives a row that is larger than all its memory', async () => {
    const { told } = await CopySession.use(addressOf(), (session) => copied(session, ['COPY wide TO STDOUT']), signal);
    expect(told).toEqual([{ rows: 2, bytes: 2 * 10_000_001 }]);
  });

  it('passes over notices, changed parameters and notifications', async () => {
    await CopySession.use(
      addressOf('encrypted'),
      async (session) => {
        await session.client.query(`
          LISTEN loud;
          CREATE FUNCTION pg_temp.loud(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
            IF i % 100 = 0 THEN
              RAISE NOTICE 'row %', i;
              PERFORM set_config('application_name', 'at ' || i, false);
              PERFORM pg_notify('loud', repeat('x', 7000) || i);
            END IF;
            RETURN i; END $$`);
        const loud = 'COPY (SELECT pg_temp.loud(i) FROM generate_series(1, 2000) AS i) TO STDOUT';
        const first = await copied(session, [loud, loud]);
        expect(first.told).toEqual(Array.from({ length: 2 }, () => ({ rows: 2000, bytes: 8893 })));
        const { rows } = await session.client.query<{ name: string }>(
          `SELECT current_setting('application_name') AS name`,
        );
        expect(rows).toEqual([{ name: 'at 2000' }]);
      },
      signal,
    );
  });

  it('reads no faster than its consumer', async () => {
    await CopySession.use(
      addressOf(),
      async (session) => {
        const { rows } = await session.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        const chunks = session.copyOut(
          ['COPY (SELECT repeat($$x$$, 1000) FROM generate_series(1, 200000)) TO STDOUT'],
          () => undefined,
        );
        let bytes = 0;
        const take = async (): Promise<boolean> => {
          const { value, done } = await chunks.next();
          bytes += value?.length ?? 0;
          return done !== true;
        };
        await take();
        await withClient(cluster.adminUrl, (db) =>
          eventually(async () => {
            const found = await db.query<{ waits: string | null }>(
              'SELECT wait_event AS waits FROM pg_stat_activity WHERE pid = $1',
              [rows[0]?.pid],
            );
            return found.rows[0]?.waits === 'ClientWrite';
          }),
        );
        while (await take());
        expect(bytes).toBe(200_000 * 1_001);
      },
      signal,
    );
  });

  const BAD = 'COPY (SELECT 1 / (150000 - i) FROM generate_series(1, 200000) AS i) TO STDOUT';
  const ENDLESS = 'COPY (SELECT repeat($$x$$, 100), generate_series(1, 1000000000)) TO STDOUT';

  it.each<[string, string[], object]>([
    ['ends with the error of a row', [BAD], { code: '22012', message: 'division by zero' }],
    ['ends with the error of a later statement', ['COPY mixed TO STDOUT', 'COPY missing TO STDOUT'], { code: '42P01' }],
    ['ends when a statement is something else', ['SELECT 1'], { name: 'ProtocolError' }],
    ['ends when a statement copies nothing out', ['SET work_mem TO DEFAULT'], { name: 'ProtocolError' }],
    ['ends when a statement wants rows', ['COPY mixed FROM STDIN'], { name: 'ProtocolError' }],
  ])('%s, whatever the connection', async (_, statements, error) => {
    for (const way of ['plain', 'encrypted']) {
      const copying = CopySession.use(addressOf(way), (session) => copied(session, statements), signal);
      await expect(copying).rejects.toMatchObject(error);
    }
    await expectNoSession();
  });

  it('ends when the server ends its session in the middle of a copy', async () => {
    for (const way of ['plain', 'encrypted']) {
      const copying = CopySession.use(
        addressOf(way),
        async (session) => {
          for await (const _chunk of session.copyOut([ENDLESS], () => undefined)) await endSessions();
        },
        signal,
      );
      // A server that cannot get rid of its rows does not say why it ends.
      await expect(copying).rejects.toThrow(/terminating connection|connection was lost|ECONNRESET/);
    }
  });

  it('ends with the reason of an abort, and leaves no session, also while nothing is read', async () => {
    for (const way of ['plain', 'encrypted']) {
      for (const waits of [true, false]) {
        const abort = new AbortController();
        const begun = Promise.withResolvers<undefined>();
        const copying = CopySession.use(
          addressOf(way),
          async (session) => {
            for await (const _chunk of session.copyOut([ENDLESS], () => undefined)) {
              begun.resolve(undefined);
              if (waits) await new Promise((resolve) => abort.signal.addEventListener('abort', resolve));
            }
          },
          abort.signal,
        );
        await begun.promise;
        abort.abort(new Error('cancelled'));
        await expect(copying).rejects.toThrow('cancelled');
        await expectNoSession();
      }
    }
  });

  it('ends on the server, too, when its consumer has read enough', async () => {
    await CopySession.use(
      addressOf(),
      async (session) => {
        for await (const _chunk of session.copyOut([ENDLESS], () => undefined)) break;
        await expect(copied(session, ['COPY nothing TO STDOUT'])).rejects.toThrow('has failed before');
      },
      signal,
    );
    await expectNoSession();
  });

  it('leaves a chunk alone until the second request after it', async () => {
    await CopySession.use(
      addressOf(),
      async (session) => {
        const statement = 'COPY (SELECT repeat(chr(65 + i / 2000), 999) FROM generate_series(0, 39999) AS i) TO STDOUT';
        const kept: { chunk: Borrowed; copy: Buffer }[] = [];
        let number = 0;
        for await (const chunk of session.copyOut([statement, statement], () => undefined)) {
          kept.push({ chunk, copy: copyOf(chunk) });
          if (kept.length > 2) kept.shift();
          for (const { chunk: now, copy } of kept) expect(look(now).equals(copy)).toBe(true);
          number += 1;
        }
        expect(number).toBeGreaterThan(100);
      },
      signal,
    );
  });

  describe('copying rows in', () => {
    beforeAll(async () => {
      await withClient(cluster.adminUrl, (db) =>
        db.query('CREATE TABLE copied (LIKE mixed); CREATE TABLE one (id int PRIMARY KEY)'),
      );
    });

    const countOf = (table: string): Promise<number> =>
      withClient(cluster.adminUrl, async (db) => {
        const { rows } = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
        return rows[0]?.count ?? 0;
      });

    /** Numbers, one a row, told of as they are asked for. */
    async function* numbers(last: number, onChunk: () => void = () => undefined): AsyncGenerator<Buffer> {
      for (let i = 0; i < last; i += 1000) {
        onChunk();
        yield await Promise.resolve(Buffer.from(Array.from({ length: 1000 }, (_, n) => `${i + n}\n`).join('')));
      }
    }

    it.each(['plain', 'encrypted', 'of this machine'])(
      'brings back what was copied out, over a connection that is %s',
      async (way) => {
        await CopySession.use(
          addressOf(way),
          (from) =>
            CopySession.use(
              addressOf(way),
              async (into) => {
                await into.client.query('TRUNCATE copied');
                const chunks = copies(from.copyOut(['COPY mixed TO STDOUT'], () => undefined));
                expect(await into.copyIn('COPY copied FROM STDIN', chunks)).toBe(20_000);
                expect(await into.copyIn('COPY copied FROM STDIN', copies(from.copyOut([], () => undefined)))).toBe(0);
                await into.client.query('SELECT 1');
              },
              signal,
            ),
          signal,
        );
        // Rows may fill gaps of earlier pages.
        const inOrder = (table: string): string => `COPY (SELECT * FROM ${table} ORDER BY id) TO STDOUT`;
        expect(await byPsql([inOrder('copied')])).toBe(await byPsql([inOrder('mixed')]));
      },
    );

    it.each<[string, string, () => AsyncIterable<Buffer>, object]>([
      ['a row is refused', 'COPY one FROM STDIN', () => concat(numbers(300_000), numbers(1000)), { code: '23505' }],
      ['a row cannot be read', 'COPY one FROM STDIN', () => concat(numbers(1000), ['x\n']), { code: '22P02' }],
      ['the table is not there', 'COPY missing FROM STDIN', () => numbers(1000), { code: '42P01' }],
      [
        'rows cannot be read on',
        'COPY one FROM STDIN',
        () => concat(numbers(300_000), failing()),
        { message: 'no more' },
      ],
      ['the statement takes no rows', 'COPY one TO STDOUT', () => numbers(1000), { name: 'ProtocolError' }],
    ])('ends when %s, and leaves nothing', async (_, statement, chunks, error) => {
      for (const way of ['plain', 'encrypted']) {
        const copying = CopySession.use(addressOf(way), (session) => session.copyIn(statement, chunks()), signal);
        await expect(copying).rejects.toMatchObject(error);
      }
      await expectNoSession();
      expect(await countOf('one')).toBe(0);
    });

    itLong('asks for no more rows than the server takes, and ends while it waits', async () => {
      await withClient(cluster.adminUrl, async (holder) => {
        await holder.query('BEGIN; LOCK TABLE one IN ACCESS EXCLUSIVE MODE');
        const abort = new AbortController();
        let asked = 0;
        const source = numbers(1_000_000, () => (asked += 1));
        const copying = CopySession.use(
          addressOf(),
          (into) => into.copyIn('COPY one FROM STDIN', source),
          abort.signal,
        );
        copying.catch(() => undefined);
        await withClient(cluster.adminUrl, (db) =>
          eventually(async () => (await db.query(`SELECT ${COPYING} AND wait_event_type = 'Lock'`)).rowCount === 1),
        );
        expect(asked).toBe(0);
        abort.abort(new Error('cancelled'));
        await expect(copying).rejects.toThrow('cancelled');
        await holder.query('ROLLBACK');
      });
      await expectNoSession();
      expect(await countOf('one')).toBe(0);
    });

    itLong('waits for a server that takes rows slowly', async () => {
      await withClient(cluster.adminUrl, (db) =>
        db.query(`
          CREATE TABLE slow (id int);
          CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END $$;
          CREATE TRIGGER gate BEFORE INSERT ON slow FOR EACH ROW WHEN (NEW.id = 5) EXECUTE FUNCTION gate()`),
      );
      await withClient(cluster.adminUrl, async (holder) => {
        await holder.query('SELECT pg_advisory_lock(7)');
        let asked = 0;
        const source = numbers(20_000_000, () => (asked += 1));
        const copying = CopySession.use(addressOf(), (into) => into.copyIn('COPY slow FROM STDIN', source), signal);
        let before = -1;
        await eventually(async () => {
          const { rowCount } = await holder.query(`SELECT ${COPYING} AND wait_event = 'advisory'`);
          const isStill = asked === before;
          before = asked;
          return rowCount === 1 && isStill;
        });
        expect(asked).toBeLessThan(20_000);
        await endSessions();
        await expect(copying).rejects.toThrow(/terminating connection|connection was lost|ECONNRESET|EPIPE/);
      });
    });
  });

  const COPYING = `FROM pg_stat_activity WHERE query LIKE 'COPY %' AND state = 'active' AND pid <> pg_backend_pid()`;

  async function endSessions(): Promise<void> {
    await withClient(cluster.adminUrl, (db) => db.query(`SELECT pg_terminate_backend(pid) ${COPYING}`));
  }

  async function expectNoSession(): Promise<void> {
    await withClient(cluster.adminUrl, (db: Client) =>
      eventually(async () => (await db.query(`SELECT ${COPYING}`)).rowCount === 0),
    );
  }
});

/** A copy of each chunk, whose memory another may free. */

async function* concat(first: AsyncIterable<Buffer>, last: AsyncIterable<Buffer> | string[]): AsyncGenerator<Buffer> {
  yield* first;
  for await (const chunk of last) yield Buffer.from(chunk);
}

async function* failing(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from('-1\n'));
  throw new Error('no more');
}
