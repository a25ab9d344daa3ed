import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startTestService, type TestService } from '../support/app';
import { type BreakableServer, breakableServer } from '../support/breakable-server';
import { withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import { eventually } from '../support/eventually';
import type { JsonClient } from '../support/json-client';
import { putGate } from '../support/step-gate';
import { type ToolWrapper, wrapTools } from '../support/tool-wrapper';
import { tidied } from './tidied';
import { beforeEntry } from './kill-points';
import { IN_PLACE, REHEARSAL, type RestoreModeUnderTest, ROLLBACK, SCOPED } from './restore-modes';
import { MOVED_ON, WHOLE } from '../support/small-target';

/** Enough that a load is still going on when its end is met, and more than fits into a file of {@link FILE_LIMIT_BYTES}. */
const BIG_TABLE = `
  CREATE TABLE task_files (id int PRIMARY KEY, task_id int NOT NULL REFERENCES tasks, content text);
  INSERT INTO task_files SELECT n, 1 + n % 500, (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 6 + n - n))
    FROM generate_series(1, 100000) n`;
/** More than a segment of the server's log takes, less than the big table. */
export const FILE_LIMIT_BYTES = 17_000_000;
export const BIG_ROWS = 100_000;
const TARGET = 'target_of_faults';

/** A run that waits. */
interface HeldRun {
  readonly id: number;
  readonly client: JsonClient;
  release(): Promise<void>;
}

/** Phases before which modes wait that load no definitions. */
const WAITS_BEFORE = new Map([
  [ROLLBACK, 'swapping'],
  [SCOPED, 'committing'],
]);

/** Services whose target and catalogue are on servers of their own, which may be broken. */
export interface BrokenWorld {
  readonly targetServer: BreakableServer;
  readonly controlServer: BreakableServer;
  readonly controlUrl: string;
  readonly targetUrl: string;
  readonly tools: ToolWrapper;
  service(mode: RestoreModeUnderTest): Promise<TestService>;
  /** Puts the target back and begins a run. */
  begin(mode: RestoreModeUnderTest): Promise<{ id: number; client: JsonClient }>;
  /**
   * The same, and resolves when it waits: before it writes a phase into its journal or, if its mode does not, before definitions are
   * loaded. Without a phase, what runs no program waits as {@link WAITS_BEFORE} says.
   */
  hold(mode: RestoreModeUnderTest, before?: string): Promise<HeldRun>;
  /** Overwrites something in the middle of the backup, and takes it back. */
  damage(): Promise<{ repair(): Promise<void> }>;
  /** Opens a session in the database whose name is like that, and stops its server process; it cannot be ended before it goes on. */
  hangSession(like: string): Promise<{ goOn(): void }>;
  /** Waits for the end of a run, over whatever the service cannot answer meanwhile. */
  ended(run: { id: number; client: JsonClient }): Promise<{ status: string; error_code?: string }>;
  /** What must be true after a run that was undone. */
  expectUndone(mode: RestoreModeUnderTest, run: { id: number; client: JsonClient }, code?: string): Promise<void>;
  /** That everything works when nothing is broken any more. */
  expectRestores(mode: RestoreModeUnderTest): Promise<void>;
  remove(): Promise<void>;
}

export async function brokenWorld(): Promise<BrokenWorld> {
  const [targetServer, controlServer] = [await breakableServer(), await breakableServer()];
  const tools = await wrapTools();
  const target = await targetServer.createDatabase(TARGET);
  const control = await controlServer.createDatabase('catalogue');
  const sql = (url: string, text: string) => withClient(url, (db) => db.query<Record<string, unknown>>(text));
  const storagePath = await mkdtemp(join(tmpdir(), 'berkut-broken-'));
  const startService = (environment: Readonly<Record<string, string>>) =>
    startTestService({
      environment: { BERKUT_BACKUP_PGDUMP_BIN: tools.pgDumpBin, BERKUT_BACKUP_JOBS: '2', ...environment },
      beside: { target, control, storagePath },
    });
  await sql(target.url, WHOLE);
  await sql(target.url, BIG_TABLE);
  const first = await startService({});
  let inPlace: TestService | undefined;
  const backup = await first.client.backUp();
  expect(backup.status).toBe('success');
  await sql(target.url, `${MOVED_ON} TRUNCATE task_files`);
  const old = await dumpOf(target.url);
  await sql(targetServer.adminUrl, `CREATE DATABASE template_of_target TEMPLATE ${TARGET}`);

  const service = async (mode: RestoreModeUnderTest): Promise<TestService> => {
    if (mode !== IN_PLACE) return first;
    inPlace ??= await startService(IN_PLACE.environment);
    return inPlace;
  };
  /** Opens the gate at which the latest rollback was held, if that has not been done. */
  let openGate: (() => Promise<void>) | undefined;
  const reset = async (): Promise<void> => {
    await openGate?.();
    // A test that failed may have left a run that never ends; the others are to speak for themselves.
    await sql(
      control.url,
      `UPDATE restore_runs SET status = 'failed' WHERE status IN ('queued', 'running'); UPDATE maintenance SET restore_id = NULL, since = NULL`,
    );
    await withClient(targetServer.adminUrl, async (db) => {
      const { rows } = await db.query<{ datname: string }>(
        `SELECT datname FROM pg_database WHERE starts_with(datname, '${TARGET}')`,
      );
      for (const { datname } of rows) await db.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
      await db.query(`CREATE DATABASE ${TARGET} TEMPLATE template_of_target`);
    });
  };
  /** @returns what the run is about: the backup, or for a rollback a restore that has been made for it */
  const prepare = async (mode: RestoreModeUnderTest): Promise<number> => {
    await reset();
    if (mode !== ROLLBACK) return backup.id;
    const restored = await first.client.restore(backup.id);
    expect(restored.status).toBe('success');
    return restored.id;
  };
  const start = async (mode: RestoreModeUnderTest, subject: number) => {
    const { client } = await service(mode);
    const { status, body } = await mode.begin(client, subject, TARGET);
    expect(status).toBe(202);
    return { id: body.restore_id, client };
  };
  const begin = async (mode: RestoreModeUnderTest) => start(mode, await prepare(mode));
  const bigRows = async (): Promise<number> => (await sql(target.url, 'SELECT FROM task_files')).rowCount ?? 0;
  const ended: BrokenWorld['ended'] = async ({ id, client }) => {
    let item: { status: string; error_code?: string } | undefined;
    await eventually(async () => {
      const answer = await client.get<{ item: { status: string; error_code?: string } }>(`/backups/restores/${id}`);
      item = answer.status === 200 ? answer.body.item : undefined;
      return item !== undefined && item.status !== 'queued' && item.status !== 'running';
    });
    return item ?? { status: 'unknown' };
  };
  return {
    targetServer,
    controlServer,
    targetUrl: target.url,
    controlUrl: control.url,
    tools,
    service,
    begin,
    async hold(mode, before = WAITS_BEFORE.get(mode)) {
      if (before !== undefined && mode.phases.includes(before)) {
        const subject = await prepare(mode);
        const gate = await putGate(control, beforeEntry(before).rule);
        const run = await start(mode, subject);
        await gate.reached();
        let opening: Promise<void> | undefined;
        const release = (): Promise<void> => (opening ??= gate.pass().then(() => gate.remove()));
        openGate = release;
        return { ...run, release };
      }
      await tools.holdRestore();
      const run = await begin(mode);
      await tools.restoreHeld();
      return { ...run, release: () => tools.release() };
    },
    async damage() {
      const file = await open(join(storagePath, backup.filename ?? ''), 'r+');
      const position = Math.floor((await file.stat()).size * 0.8);
      const original = Buffer.alloc(7);
      await file.read(original, 0, 7, position);
      await file.write(Buffer.from('damaged'), 0, 7, position);
      return {
        async repair() {
          await file.write(original, 0, 7, position);
          await file.close();
        },
      };
    },
    async hangSession(like) {
      const { rows } = await sql(
        targetServer.adminUrl,
        `SELECT datname::text AS name FROM pg_database WHERE datname LIKE '${like}'`,
      );
      const url = new URL(target.url);
      url.pathname = `/${String(rows[0]?.['name'])}`;
      const db = new Client({ connectionString: url.href });
      db.on('error', () => undefined);
      await db.connect();
      const pid = Number((await db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid);
      process.kill(pid, 'SIGSTOP');
      return {
        goOn() {
          process.kill(pid, 'SIGCONT');
          void db.end().catch(() => undefined);
        },
      };
    },
    ended,
    async expectUndone(mode, run, code) {
      const end = await ended(run);
      expect(end).toMatchObject({ status: 'failed', error_code: code ?? (expect.any(String) as string) });
      expect((await run.client.get('/backups')).status).toBe(200);
      await tidied(run.client);
      if (mode === ROLLBACK) expect(await bigRows()).toBe(BIG_ROWS);
      else expect(await dumpOf(target.url)).toEqual(old);
      const { rows } = await sql(
        targetServer.adminUrl,
        `SELECT datname::text, datallowconn FROM pg_database WHERE starts_with(datname, '${TARGET}') AND NOT datname ~ '_before_'`,
      );
      expect(rows).toEqual([{ datname: TARGET, datallowconn: true }]);
      expect(await run.client.backUp()).toMatchObject({ status: 'success' });
    },
    async expectRestores(mode) {
      const run = await begin(mode);
      expect(await ended(run)).toMatchObject({ status: 'success' });
      expect(await bigRows()).toBe(mode === ROLLBACK || mode === REHEARSAL ? 0 : BIG_ROWS);
      expect((await run.client.get('/backups')).status).toBe(200);
    },
    async remove() {
      await tools.release();
      await openGate?.();
      await inPlace?.stop();
      await first.stop();
      await tools.remove();
      await rm(storagePath, { recursive: true, force: true });
      await targetServer.remove();
      await controlServer.remove();
    },
  };
}
