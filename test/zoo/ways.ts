import { join } from 'node:path';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import type { RestoreRunDto } from '../../src/restore/http/restore.dto';
import { TEST_KEY } from '../support/containers';
import { differences, type Portrait, portraitOf, withoutRoles } from './portrait';
import { runProgram } from './run-program';
import { SUPERUSER } from '../../src/embedded/place';
import { CHIEF, forgetRoles, removeDatabases, rollBackPrepared, withPatience } from './server';
import { ELSEWHERE, makeShape, type Place, TARGET } from './place';
import { isIn, type Shape } from './shape';

/** The ways a database takes, in this order. */
export const WAYS = [
  'backup',
  'verify',
  'rehearse',
  'swap',
  'rollback',
  'in-place',
  'scoped',
  'bscc-restore',
  'bscc-sql',
] as const;
export type Way = (typeof WAYS)[number];

/** How a way ended. */
export interface Outcome {
  readonly way: Way;
  /** `identical`; `refused` as its shape expects; `wrong`; `absent` where there is no such way. */
  readonly how: 'identical' | 'refused' | 'wrong' | 'absent';
  readonly code?: string;
  readonly detail?: string;
  /** How long it took. */
  readonly ms?: number;
}

/** From this version on pg_restore sends a setting that older servers refuse. */
const SENDS_UNKNOWN_SETTING = 17;
const NEWER_TOOLS = {
  code: 'backups.tool_version_mismatch',
  reason: 'the client tools at hand are of PostgreSQL 17 or newer, and could not restore to an older server',
};

/** The "code" of what comes back otherwise where the backup has said so. */
const NAMED = 'different.named';

/** How long a way may take before it counts as one that never ends. */
const PATIENCE_MS = 900_000;

/** Takes one shape through every way. */
export class Journey {
  readonly outcomes: Outcome[] = [];
  /** A way has left the service closed or waiting: the next shape needs another one. */
  isBroken = false;
  private backup: BackupDto | undefined;
  private before: Portrait | undefined;

  constructor(
    private readonly place: Place,
    private readonly shape: Shape,
    private readonly ways: ReadonlySet<string>,
  ) {}

  async go(): Promise<void> {
    await makeShape(this.place, this.shape, TARGET);
    this.before = await this.look();
    await this.try('backup', () => this.makeBackup());
    if (this.backup === undefined) return;
    await this.try('verify', () => this.dryRun('verify'));
    await this.try('rehearse', () => this.dryRun('rehearse'));
    await this.try('swap', () => this.restore('swap'), ['rollback']);
    await this.try('in-place', () => this.restore('in-place'));
    if (this.shape.scope.length > 0) await this.try('scoped', () => this.restoreScope());
    if (this.place.role !== 'superuser') return;
    await this.try('bscc-restore', () => this.restoreElsewhere());
    await this.try('bscc-sql', () => this.pipeSql());
  }

  /** Runs a way; whatever it throws is its outcome. */
  private async try(way: Way, work: () => Promise<string[]>, always: readonly Way[] = []): Promise<void> {
    if (!this.ways.has(way) && way !== 'backup' && !always.some((other) => this.ways.has(other))) return;
    const begun = performance.now();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE_MS);
    const late = new Promise<never>((_, reject) =>
      limit.signal.addEventListener('abort', () => {
        this.isBroken = true;
        reject(new Failure('never ends', `after ${PATIENCE_MS / 1000} s`));
      }),
    );
    try {
      const found = await Promise.race([work(), late]);
      this.note(way, begun, found.length === 0 ? undefined : new Failure('different', found.join('\n')));
    } catch (error) {
      // After anything unforeseen the next shape gets servers that nothing has happened to.
      if (!(error instanceof Failure)) this.isBroken = true;
      this.note(way, begun, error instanceof Failure ? error : new Failure('error', String(error)));
    } finally {
      clearTimeout(timer);
    }
  }

  private note(way: Way, begun: number, failure: Failure | undefined): void {
    const ms = Math.round(performance.now() - begun);
    const expected = this.expected(way);
    if (failure === undefined) {
      if (expected === undefined) this.outcomes.push({ way, how: 'identical', ms });
      else this.outcomes.push({ way, how: 'wrong', ms, code: 'no refusal', detail: `expected ${expected.code}` });
      return;
    }
    const { code, detail } = failure;
    const isNamed = expected?.code === NAMED && code === 'different' && this.isSaid(expected.reason);
    if (code === expected?.code || isNamed)
      this.outcomes.push({ way, how: 'refused', ms, code, detail: expected.reason });
    else this.outcomes.push({ way, how: 'wrong', ms, code, detail });
  }

  private expected(way: Way): { readonly code: string; readonly reason: string } | undefined {
    const { version, toolsVersion, role } = this.place;
    if (way === 'backup' && version < SENDS_UNKNOWN_SETTING && toolsVersion >= SENDS_UNKNOWN_SETTING)
      return NEWER_TOOLS;
    return this.shape.expectations.find(
      ({ ways, versions }) => (ways.includes(way) || ways.includes(`${way}/${role}`)) && isIn(versions, version),
    );
  }

  /** The backup has named beforehand what does not come back. */
  private isSaid(text: string): boolean {
    return JSON.stringify(this.backup?.meta_json ?? {}).includes(text);
  }

  private look(): Promise<Portrait> {
    return portraitOf(this.place.cluster.url(TARGET), this.place.binDirectory);
  }

  private async makeBackup(): Promise<string[]> {
    const backup = await this.place.swapping.client.backUp();
    if (backup.status !== 'success') throw failureOf(backup);
    this.backup = backup;
    return [];
  }

  private async dryRun(mode: 'verify' | 'rehearse'): Promise<string[]> {
    succeeded(await this.place.swapping.client.restore(this.made().id, { mode }, 'restore/dry-run'));
    return this.compare();
  }

  private async restore(way: 'swap' | 'in-place'): Promise<string[]> {
    await damage(this.place);
    if (this.shape.targetSql !== undefined) await this.runInTarget(this.shape.targetSql);
    const damaged = way === 'swap' ? await this.look() : undefined;
    const service = way === 'swap' ? this.place.swapping : this.place.inPlace;
    const run = await service.client.restore(this.made().id, {});
    try {
      succeeded(run);
    } catch (error) {
      const now = damaged === undefined ? [] : differences(damaged, await this.look());
      throw now.length === 0 ? error : new Failure('target changed by a failed restore', now.join('\n'));
    }
    const found = await this.compare();
    if (damaged !== undefined && this.ways.has('rollback')) {
      await this.try('rollback', async () => {
        const { status, body } = await service.client.post(`/backups/restores/${run.id}/rollback`);
        if (status !== 202) throw new Failure(body.error.code, JSON.stringify(body.error));
        succeeded(await service.client.run(body.restore_id));
        return differences(damaged, await this.look());
      });
    }
    return found;
  }

  private async restoreScope(): Promise<string[]> {
    await withPatience(this.place.cluster.url(TARGET), async (client) => {
      await client.query('SET default_transaction_read_only = off; SET session_replication_role = replica');
      for (const table of this.shape.scope) await client.query(`DELETE FROM public."${table}"`);
    });
    succeeded(await this.place.swapping.client.restore(this.made().id, { scope: [scopeName(this.shape)] }));
    return this.compare();
  }

  private async compare(): Promise<string[]> {
    return differences(this.original(), await this.look());
  }

  private async restoreElsewhere(): Promise<string[]> {
    const urlOf = (database: string): string => this.place.elsewhere.url(database, CHIEF);
    const name = ELSEWHERE;
    try {
      const ended = await this.bscc(['--json', 'restore', this.file(), '--to', urlOf(name)]);
      if (ended.code !== 0) throw new Failure(`exit_${ended.code}`, ended.stderr.trim());
      const after = await portraitOf(urlOf(name), this.place.binDirectory, { [name]: TARGET, [CHIEF]: SUPERUSER });
      return differences(withoutRoles(this.original()), withoutRoles(after));
    } finally {
      await removeDatabases(urlOf, name);
      await forgetRoles(urlOf('postgres'));
    }
  }

  private async pipeSql(): Promise<string[]> {
    const name = `${TARGET}_sql`;
    const { cluster, binDirectory } = this.place;
    await makeShape(this.place, { ...this.shape, sql: '', isDemo: false }, name);
    const extracted = await this.bscc(['extract', this.file(), 'sql']);
    if (extracted.code !== 0) throw new Failure(`exit_${extracted.code}`, extracted.stderr.trim());
    const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', cluster.url(name), '-f', '-'];
    const loaded = await runProgram(join(binDirectory, 'psql'), args, {}, extracted.stdout);
    if (loaded.code !== 0) throw new Failure(`exit_${loaded.code}`, loaded.stderr.trim());
    // The database itself was made by hand here.
    const content = (portrait: Portrait): Portrait => ({
      ...portrait,
      dump: portrait.dump.filter(
        (entry) => /^-- /.test(entry) && !/^-- Name: .*; Type: DATABASE|^-- Name: DATABASE /.test(entry),
      ),
    });
    const after = await portraitOf(cluster.url(name), binDirectory, { [name]: TARGET });
    return differences(content(this.original()), content(after));
  }

  private bscc(args: readonly string[]): ReturnType<typeof runProgram> {
    return runProgram(process.execPath, [join(__dirname, '../../dist/src/cli/bscc.js'), ...args], {
      BACKUP_ENCRYPTION_KEY: TEST_KEY,
      BERKUT_BACKUP_PGDUMP_BIN: join(this.place.binDirectory, 'pg_dump'),
    });
  }

  private async runInTarget(sql: string): Promise<void> {
    await withPatience(this.place.cluster.url(TARGET), (client) => client.query(sql));
  }

  private file(): string {
    return join(this.place.storagePath, this.made().filename ?? '');
  }

  private made(): BackupDto {
    if (this.backup === undefined) throw new Error('no backup was made');
    return this.backup;
  }

  private original(): Portrait {
    if (this.before === undefined) throw new Error('the database has not been read');
    return this.before;
  }
}

/** The scope that a shape has for itself in the services' file of scopes. */
export function scopeName({ name }: Shape): string {
  return name.replaceAll('-', '_');
}

class Failure extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

function succeeded(run: RestoreRunDto): void {
  if (run.status !== 'success') throw failureOf(run);
}

function failureOf(ended: BackupDto | RestoreRunDto): Failure {
  const failed = 'steps' in ended ? ended.steps.find(({ status }) => status === 'failed') : undefined;
  const where = failed === undefined ? '' : ` at ${failed.name} ${JSON.stringify(failed.details ?? {})}`;
  return new Failure(ended.error_code ?? ended.status, `${ended.error_message ?? ''}${where}`);
}

/** Loses rows of every table that lets it happen, and leaves behind what was not there before. */
async function damage({ cluster, role }: Place): Promise<void> {
  await withPatience(cluster.url(TARGET), async (client) => {
    await client.query('SET default_transaction_read_only = off; SET session_replication_role = replica');
    await rollBackPrepared(client);
    await client.query(`
      DO $$ DECLARE t record; BEGIN
        FOR t IN SELECT c.oid::regclass AS name FROM pg_class c WHERE relkind = 'r' AND c.oid >= 16384
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') LOOP
          BEGIN
            EXECUTE format('DELETE FROM %s', t.name);
          EXCEPTION WHEN OTHERS THEN NULL;
          END;
        END LOOP;
      END $$;
      DROP SCHEMA IF EXISTS zoo_damage CASCADE;
      CREATE SCHEMA zoo_damage;
      CREATE TABLE zoo_damage.later (id int);
      GRANT SELECT ON zoo_damage.later TO outsider`);
    // The small role may only clear away what is its owner's.
    if (role === 'small')
      await client.query('ALTER SCHEMA zoo_damage OWNER TO scc; ALTER TABLE zoo_damage.later OWNER TO scc');
  });
}
