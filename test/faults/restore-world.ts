import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCluster, withClient } from '../support/cluster';
import { dumpOf } from '../support/dump-of';
import type { JsonClient } from '../support/json-client';
import { dropDatabasesOf, killedService, type KilledService } from './killed-service';
import {
  copyOf,
  FULL,
  IN_PLACE,
  INTO,
  KEPT,
  ONLINE,
  PROMOTION,
  REHEARSAL,
  type RestoreModeUnderTest,
  ROLLBACK,
  SCOPED,
  TABLES,
} from './restore-modes';
import { MOVED_ON, WHOLE } from '../support/small-target';
import { migrateCommand } from './migrate-command';
import { tidied } from './tidied';

/** All that a restore may replace. */
interface TargetState {
  readonly database: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** A run that is about to begin. */
interface PreparedRun {
  readonly mode: RestoreModeUnderTest;
  readonly subject: number;
  readonly old: TargetState;
  readonly new: TargetState;
}

/** One service, one target and two backups of it, for any number of runs that are killed. */
export interface RestoreWorld {
  readonly service: KilledService;
  /** What its process gets on top of what every service does. */
  readonly environment: Readonly<Record<string, string>>;
  stateNow(): Promise<TargetState>;
  /** What the run that is begun next will be called. */
  nextRunId(): Promise<number>;
  /** How long an undisturbed run of this mode takes. */
  lengthMs(mode: RestoreModeUnderTest): number;
  /** Puts the target into the state before the run, and says what it would be after it. */
  prepare(mode: RestoreModeUnderTest): Promise<PreparedRun>;
  /** The service that runs, or one that is started. */
  running(mode: RestoreModeUnderTest): Promise<JsonClient>;
  kill(): Promise<void>;
  /** What must be true whenever a service runs again after it was killed. */
  expectWhole(client: JsonClient, run: PreparedRun, runId: number): Promise<'old' | 'new'>;
  remove(): Promise<void>;
}

/** Makes the world, and lets every mode run once undisturbed: what comes of it is the new state. */
export async function restoreWorld(): Promise<RestoreWorld> {
  const service = await killedService({}, { demo: false });
  const place = await mkdtemp(join(tmpdir(), 'berkut-app-files-'));
  const live = join(place, 'live');
  const { target, control } = service;
  const admin = testCluster().adminUrl;
  const template = `template_of_${target.name}`;
  const missingRole = `writer_of_${target.name}`;
  const reader = `reader_of_${target.name}`;
  const common = {
    BERKUT_BACKUP_FILES_PATH: live,
    BERKUT_BACKUP_MIGRATE_COMMAND: migrateCommand(),
    BERKUT_BACKUP_SCRATCH_READERS: reader,
  };
  const sql = (url: string, text: string) => withClient(url, (db) => db.query(text));
  let current: { environment: RestoreModeUnderTest['environment']; client: JsonClient } | undefined;

  const running = async ({ environment }: RestoreModeUnderTest): Promise<JsonClient> => {
    if (current !== undefined && JSON.stringify(current.environment) !== JSON.stringify(environment)) await kill();
    current ??= { environment, client: await service.start({ ...common, ...environment }) };
    return current.client;
  };
  const kill = async (): Promise<void> => {
    current = undefined;
    await service.kill();
  };
  const writeFiles = async (files: Readonly<Record<string, string>>): Promise<void> => {
    await rm(place, { recursive: true });
    await mkdir(live, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(live, name), content);
  };
  const stateNow = async (): Promise<TargetState> => {
    const files: Record<string, string> = {};
    for (const name of (await readdir(live)).sort()) files[name] = await readFile(join(live, name), 'utf8');
    return { database: await dumpOf(target.url), files };
  };
  const reset = async (): Promise<void> => {
    await dropDatabasesOf(target.name);
    await sql(control.url, 'UPDATE restore_runs SET kept_until = NULL');
    await sql(admin, `CREATE DATABASE "${target.name}" TEMPLATE "${template}"`);
    await writeFiles(old.files);
  };

  /** How many databases of rehearsals let the reader in. */
  const doorsOfReader = async (): Promise<number> =>
    (await sql(admin, `SELECT FROM pg_auth_members WHERE member = '${reader}'::regrole`)).rowCount ?? 0;

  await sql(admin, `CREATE ROLE "${reader}"`);
  // The backups: one with files and a role that is gone afterwards, one that has no need of either.
  await sql(target.url, WHOLE);
  await sql(target.url, `CREATE ROLE "${missingRole}"; ALTER TABLE docs OWNER TO "${missingRole}"`);
  await writeFiles({ 'report.txt': 'as it was', 'picture.bin': 'x'.repeat(100_000) });
  const first = await running(FULL);
  const whole = await first.backUp({ include_files: true });
  await sql(target.url, `ALTER TABLE docs OWNER TO CURRENT_USER; DROP ROLE "${missingRole}"`);
  const plain = await first.backUp();
  expect([whole.status, plain.status]).toEqual(['success', 'success']);
  await sql(target.url, MOVED_ON);
  await writeFiles({ 'report.txt': 'damaged', 'later.txt': 'written after the backup' });
  const old = await stateNow();
  await sql(admin, `CREATE DATABASE "${template}" TEMPLATE "${target.name}"`);
  // Its end writes the cache of compiled code, which all later ones start from.
  current = undefined;
  await service.end();

  const subjects = new Map([FULL, ONLINE, INTO, REHEARSAL, KEPT].map((mode) => [mode.kind, whole.id]));
  for (const mode of [IN_PLACE, SCOPED, TABLES]) subjects.set(mode.kind, plain.id);
  const done = new Map<RestoreModeUnderTest['kind'], { state: TargetState; lengthMs: number; runId: number }>();
  /** What a restore into a new database makes. */
  let copy: string[] = [];
  const undisturbed = async (mode: RestoreModeUnderTest, subject: number): Promise<void> => {
    const client = await running(mode);
    const began = performance.now();
    const { body } = await mode.begin(client, subject, target.name);
    const run = await client.run(body.restore_id);
    const lengthMs = performance.now() - began;
    expect(run).toMatchObject({ status: 'success' });
    if (mode === INTO) copy = await dumpOf(testCluster().url(copyOf(target.name)));
    done.set(mode.kind, { state: await stateNow(), lengthMs, runId: run.id });
  };
  const outcome = (mode: RestoreModeUnderTest) => {
    const known = done.get(mode === KEPT ? REHEARSAL.kind : mode.kind);
    if (known === undefined) throw new Error(`no ${mode.kind} has been run`);
    return known;
  };
  for (const mode of [REHEARSAL, INTO, IN_PLACE, SCOPED, TABLES, ONLINE]) {
    await reset();
    await undisturbed(mode, subjects.get(mode.kind) ?? 0);
  }
  await reset();
  await undisturbed(PROMOTION, await rehearsed());
  await reset();
  await undisturbed(FULL, whole.id);
  await undisturbed(ROLLBACK, outcome(FULL).runId);
  expect(outcome(ROLLBACK).state).toEqual(old);
  for (const mode of [REHEARSAL, INTO]) expect(outcome(mode).state).toEqual(old);
  expect(outcome(ONLINE).state).toEqual(outcome(FULL).state);
  for (const mode of [IN_PLACE, SCOPED, TABLES, FULL]) expect(outcome(mode).state).not.toEqual(old);

  /** A promotion needs a rehearsal that has kept its database. */
  async function rehearsed(): Promise<number> {
    const client = await running(KEPT);
    const { body } = await KEPT.begin(client, plain.id, target.name);
    expect(await client.run(body.restore_id)).toMatchObject({ status: 'success' });
    return body.restore_id;
  }

  /** A rollback swaps back what the run before has kept, which may itself have been a rollback. */
  const prepareRollback = async (): Promise<PreparedRun> => {
    const kept = await withClient(control.url, (db) =>
      db.query<{ id: string; name: string }>(
        `SELECT id, journal ->> 'kept' AS name FROM restore_runs WHERE status = 'success' AND rollback_until IS NOT NULL`,
      ),
    );
    const there = await sql(admin, `SELECT datname::text AS name FROM pg_database`);
    const names = new Set(there.rows.map((row: { name: string }) => row.name));
    const undoable = kept.rows.find(({ name }) => names.has(name));
    if (undoable === undefined) {
      await reset();
      await undisturbed(FULL, whole.id);
      return { mode: ROLLBACK, subject: outcome(FULL).runId, old: outcome(FULL).state, new: old };
    }
    const now = await stateNow();
    const isRestored = JSON.stringify(now) !== JSON.stringify(old);
    return { mode: ROLLBACK, subject: Number(undoable.id), old: now, new: isRestored ? old : outcome(FULL).state };
  };

  return {
    service,
    environment: common,
    stateNow,
    async nextRunId() {
      const { rows } = await sql(control.url, 'SELECT max(id)::int + 1 AS id FROM restore_runs');
      return (rows as { id: number }[])[0]?.id ?? 0;
    },
    lengthMs: (mode) => outcome(mode).lengthMs,
    async prepare(mode) {
      if (mode === ROLLBACK) return prepareRollback();
      await reset();
      if (mode === PROMOTION) return { mode, subject: await rehearsed(), old, new: outcome(mode).state };
      return { mode, subject: subjects.get(mode.kind) ?? 0, old, new: outcome(mode).state };
    },
    running,
    kill,
    async expectWhole(client, run, runId) {
      // The server may take a moment to notice that a session has died; until then recovery looks again and again.
      const ended = await client.run(runId);
      const catalogue = await sql(
        control.url,
        `SELECT (SELECT count(*)::int FROM restore_runs WHERE status IN ('queued', 'running')) AS open,
                (SELECT restore_id FROM maintenance) AS maintenance`,
      );
      expect(catalogue.rows).toEqual([{ open: 0, maintenance: null }]);
      expect((await client.get('/backups')).status).toBe(200);
      await tidied(client);
      // A run that has ended works at nothing; queued are the steps alone that a failed one has not come to.
      const statuses = ended.steps.map(({ status }) => status);
      expect(statuses).not.toContain('running');
      const untouched = statuses.indexOf('queued');
      if (ended.status === 'success') expect(untouched).toBe(-1);
      if (untouched !== -1) expect(new Set(statuses.slice(untouched))).toEqual(new Set(['queued']));

      const now = await stateNow();
      const state = JSON.stringify(now) === JSON.stringify(run.old) ? 'old' : 'new';
      if (state === 'new') expect(now).toEqual(run.new);
      if (ended.status !== 'success') {
        expect(ended).toMatchObject({ status: 'failed', error_code: 'backups.restore.interrupted' });
      }
      const isNew = ended.status === 'success' && run.mode.leavesTarget !== true;
      expect([ended.status, state]).toEqual([ended.status, isNew ? 'new' : 'old']);

      // What a rehearsal has kept is there as long as no promotion has come to its end, and can be discarded.
      const hasScratch = run.mode === (ended.status === 'success' ? KEPT : PROMOTION);
      if (hasScratch) {
        const id = run.mode === KEPT ? runId : run.subject;
        const scratch = `SELECT datallowconn FROM pg_database WHERE datname = '${target.name}_rehearsal_${id}'`;
        expect((await sql(admin, scratch)).rows).toEqual([{ datallowconn: true }]);
        if (run.mode === KEPT) expect(await doorsOfReader()).toBe(1);
        expect((await client.post(`/backups/restores/${id}/discard`)).status).toBe(200);
        await tidied(client);
      }

      const suffix = `_before_${runId}`;
      const left = await withClient(admin, (db) =>
        db.query<{ datname: string; datallowconn: boolean }>(
          `SELECT datname, datallowconn FROM pg_database
            WHERE starts_with(datname, $1) AND (NOT datname ~ '_before_' OR datname = $1 || $2) ORDER BY datname`,
          [target.name, suffix],
        ),
      );
      const hasKept = isNew && run.mode.isSwap;
      // A half-loaded one never has the name.
      const hasCopy = ended.status === 'success' && run.mode === INTO;
      if (hasCopy) expect(await dumpOf(testCluster().url(copyOf(target.name)))).toEqual(copy);
      expect(left.rows).toEqual([
        { datname: target.name, datallowconn: true },
        ...(hasCopy ? [{ datname: copyOf(target.name), datallowconn: true }] : []),
        ...(hasKept ? [{ datname: `${target.name}${suffix}`, datallowconn: false }] : []),
      ]);
      const ofLoad = `rolname LIKE 'berkut\\_load\\_${runId}\\_%'`;
      expect((await sql(admin, `SELECT FROM pg_roles WHERE rolname = '${missingRole}' OR ${ofLoad}`)).rowCount).toBe(0);
      expect(await doorsOfReader()).toBe(0);
      const directories = (await readdir(place)).filter(
        (name) => !name.includes('.before-') || name.endsWith(`-${runId}`),
      );
      expect(directories.sort()).toEqual(
        hasKept && run.mode.leavesFiles !== true ? ['live', `live.before-${runId}`] : ['live'],
      );
      const known = await sql(control.url, `SELECT storage_name FROM backups WHERE status = 'success'`);
      expect((await readdir(service.storagePath)).sort()).toEqual(
        known.rows.map((row: { storage_name: string }) => row.storage_name).sort(),
      );
      return state;
    },
    async remove() {
      await service.remove();
      await sql(admin, `DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`);
      await sql(admin, `DROP ROLE IF EXISTS "${reader}"`);
      await rm(place, { recursive: true, force: true });
    },
  };
}
