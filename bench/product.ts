import { readFile, writeFile } from 'node:fs/promises';
import { type Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../src/embedded/cluster';
import { signToken } from '../src/cli/tokens/sign-token';
import { withClient } from '../test/support/cluster';
import { type ProcessorTime, processorTimeOf, serverTime } from './processor-time';
import { runBuiltService } from './run-built-service';

const SECRET = 'a secret of thirty-two bytes, for bench';
/** A look costs some milliseconds of the processor; how long a run took is told by its row, not by the looks. */
const LOOK_EVERY_MS = 250;

export interface Run {
  id: number;
  status: string;
  error_code?: string;
  steps?: { name: string; started_at?: string; finished_at?: string }[];
  filename?: string;
  size_bytes?: number;
  created_at: string;
  finished_at?: string;
  files?: { state: string }[];
  meta_json?: { checksums?: Record<string, { size: number }> };
}

/** From the POST to `success`, seconds. */
export function secondsOf({ created_at: from, finished_at: to }: Run): number {
  return (Date.parse(to ?? '') - Date.parse(from)) / 1000;
}

/** What a step took, seconds; 0 when it did not run. */
export function stepSeconds(run: Run, name: string): number {
  const step = run.steps?.find((candidate) => candidate.name === name);
  if (step?.started_at === undefined || step.finished_at === undefined) return 0;
  return (Date.parse(step.finished_at) - Date.parse(step.started_at)) / 1000;
}

/** What has been used since the last reset. */
export interface Usage extends ProcessorTime {
  /** By all sessions of the server, seconds. */
  server: number;
  /** Of our process, children not counted. */
  peakMemoryBytes: number;
}

/** The service as it is built, in a process of its own. */
export class Product {
  private constructor(
    private readonly cluster: Cluster,
    private readonly database: string,
    readonly url: string,
    readonly token: string,
    readonly storagePath: string,
    readonly controlUrl: string,
    private readonly pid: number,
    readonly stop: () => Promise<void>,
  ) {}

  /** @param environment on top of what each needs; with a control database of another name it is a service beside the others */
  static async start(
    cluster: Cluster,
    database: string,
    directory: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Product> {
    const storagePath = join(directory, 'storage');
    const { BERKUT_BACKUP_CONTROL_DB_URL: controlUrl = cluster.url(`${database}_control`) } = environment;
    const service = await runBuiltService({
      APP_ENV: 'bench',
      BERKUT_DB_URL: cluster.url(database),
      BERKUT_BACKUP_CONTROL_DB_URL: controlUrl,
      BERKUT_BACKUP_PATH: storagePath,
      BACKUP_ENCRYPTION_KEY: '01'.repeat(32),
      BERKUT_AUTH_JWT_SECRET: SECRET,
      BERKUT_HTTP_PORT: '0',
      BERKUT_MANAGEMENT_PORT: '0',
      BERKUT_SCHEDULER_ENABLED: 'false',
      BERKUT_BACKUP_UPLOAD_MAX_BYTES: String(1024 ** 4),
      BERKUT_HTTP_REQUESTS_PER_MINUTE: '1000000',
      BERKUT_BACKUP_KEEP_PREVIOUS_HOURS: '0',
      LOG_LEVEL: 'warn',
      ...environment,
    });
    const token = await signToken(
      { name: 'bench', roles: ['superadmin'], ttlSeconds: 86_400 },
      { secret: new TextEncoder().encode(SECRET) },
      new Date(),
    );
    return new Product(cluster, database, service.url, token, storagePath, controlUrl, service.pid, service.stop);
  }

  async backUp(): Promise<Run> {
    const { artifact } = await this.call<{ artifact: Run }>('POST', '/backups', {});
    return this.ended(`/backups/${artifact.id}`);
  }

  /** @param isOnline loads the backup while the target is open */
  async restore(id: number, isOnline = false): Promise<Run> {
    const body = isOnline ? { online: true } : {};
    const { restore_id: runId } = await this.call<{ restore_id: number }>('POST', `/backups/${id}/restore`, body);
    return this.ended(`/backups/restores/${runId}`);
  }

  async rehearse(id: number): Promise<Run> {
    const { restore_id: runId } = await this.call<{ restore_id: number }>('POST', `/backups/${id}/restore/dry-run`, {
      mode: 'rehearse',
    });
    return this.ended(`/backups/restores/${runId}`);
  }

  /** Waits until each further storage has its copy. */
  async copied(id: number): Promise<void> {
    for (;;) {
      const { item } = await this.call<{ item: Run }>('GET', `/backups/${id}`);
      if ((item.files ?? []).every(({ state }) => state === 'present')) return;
      await delay(LOOK_EVERY_MS);
    }
  }

  async verify(id: number): Promise<Run> {
    const { restore_id: runId } = await this.call<{ restore_id: number }>('POST', `/backups/${id}/verify`, {});
    return this.ended(`/backups/restores/${runId}`);
  }

  async remove(id: number): Promise<void> {
    await this.call('DELETE', `/backups/${id}`);
  }

  /** Leaves nothing to the next measurement: writes out pages, and sets hints and statistics of the target. */
  async settle(): Promise<void> {
    await withClient(this.cluster.url(this.database), (db) => db.query('VACUUM (ANALYZE)'));
    await withClient(this.cluster.adminUrl, (db) => db.query('CHECKPOINT'));
  }

  /** Waits until the copy that a restore has replaced is gone. */
  async settled(): Promise<void> {
    for (;;) {
      const { rowCount } = await withClient(this.cluster.adminUrl, (db) =>
        db.query(`SELECT FROM pg_database WHERE datname LIKE $1`, [`${this.database}\\_%\\_%`]),
      );
      if (rowCount === 0) return;
      await delay(100);
    }
  }

  async resetUsage(): Promise<void> {
    await writeFile(`/proc/${this.pid}/clear_refs`, '5');
    this.before = await this.processorTime();
  }

  /** Of our process now. */
  async memoryBytes(): Promise<number> {
    return this.ofStatus('VmRSS');
  }

  async usage(): Promise<Usage> {
    const peakMemoryBytes = await this.ofStatus('VmHWM');
    const [now, before] = [await this.processorTime(), this.before];
    return {
      main: now.main - before.main,
      pool: now.pool - before.pool,
      children: now.children - before.children,
      server: now.server - before.server,
      peakMemoryBytes,
    };
  }

  private async ofStatus(field: 'VmRSS' | 'VmHWM'): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  }

  /** By `node:http`, which waits for a connection as long as it takes: `fetch` gives up after ten seconds, which a busy machine may need. */
  async call<T>(method: string, path: string, body?: object, agent?: Agent): Promise<T> {
    const asked = request(`${this.url}/api${path}`, {
      method,
      agent: agent ?? false,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      asked.once('response', resolve).once('error', reject),
    );
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${answer}`);
    return JSON.parse(answer) as T;
  }

  private before = { main: 0, pool: 0, children: 0, server: 0 };

  private async processorTime(): Promise<ProcessorTime & { server: number }> {
    this.postmaster ??= await postmasterOf(this.cluster);
    return { ...(await processorTimeOf(this.pid)), server: await serverTime(this.postmaster) };
  }

  private postmaster: number | undefined;

  private async ended(path: string): Promise<Run> {
    for (;;) {
      const { item } = await this.call<{ item: Run }>('GET', path);
      if (item.status === 'success') return item;
      if (item.status !== 'queued' && item.status !== 'running')
        throw new Error(`${path}: ${item.error_code ?? item.status}`);
      await delay(LOOK_EVERY_MS);
    }
  }
}

async function postmasterOf(cluster: Cluster): Promise<number> {
  const { rows } = await withClient(cluster.adminUrl, (db) =>
    db.query<{ pid: string }>(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`),
  );
  return Number(rows[0]?.pid);
}
