import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { TokenCheck } from '../kernel/access/token-refusal';
import { Clock } from '../kernel/clock/clock';
import { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';
import { type AuditEntry, AuditService } from './audit.service';
import { StrangerDatabase } from './stranger-database';
import { type StrangerWindow, StrangerWindows } from './stranger-windows';

/** How often windows that are over, and records that could not be written, are looked for. */
const LOOK_EVERY_MS = 10_000;

const COMPLAINT = 'records of refused strangers could not be written; will try again';

/**
 * Records requests without a caller: what was refused to them, and what they did on public routes. Any client can send these, so of one kind from one address the first is
 * recorded and the others are counted, and a flood from many addresses leaves no more records than one from a few. Nothing
 * here keeps a refusal waiting.
 */
@Injectable()
export class StrangerRecords implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(StrangerRecords.name);
  private readonly windows = new StrangerWindows();
  private writing: Promise<void> = Promise.resolve();
  private readonly job = this.jobs.declare({
    name: 'audit_strangers',
    everyMs: LOOK_EVERY_MS,
    whilePaused: true,
    whileClosing: true,
    complaint: COMPLAINT,
    level: 'error',
    run: () => this.look(),
  });

  constructor(
    private readonly audit: AuditService,
    private readonly database: StrangerDatabase,
    private readonly clock: Clock,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.job.start();
  }

  /**
   * Takes note of a refusal.
   *
   * @param kind one of a few, such as an error code
   * The log has a line for each one that is recorded.
   *
   * @param check that a token has failed
   */
  note(entry: AuditEntry, kind: string, check?: TokenCheck): void {
    const opened = this.windows.count(entry, `${kind} ${check ?? ''}`, this.clock.now().getTime());
    if (opened === undefined) return;
    const { sourceIp, requestId } = entry;
    const what = { code: kind, source_ip: sourceIp, request_id: requestId };
    if (check === undefined) this.logger.log(what, 'a request without a caller was refused');
    else this.logger.warn({ ...what, check }, 'a token was refused');
    this.later(() => this.recordFirst(opened));
  }

  /** Takes note of what became of a request to a public route. */
  noteAnswer(entry: AuditEntry): void {
    const { action, result, sourceIp, requestId, details } = entry;
    const [code, reason] = [details?.['error_code'], details?.['reason']];
    const kind = `${action} ${result} ${String(code)} ${String(reason)}`;
    const opened = this.windows.count(entry, kind, this.clock.now().getTime());
    if (opened === undefined) return;
    if (code !== undefined) {
      this.logger.warn({ code, reason, source_ip: sourceIp, request_id: requestId }, 'a sign-in has failed');
    }
    this.later(() => this.recordFirst(opened));
  }

  /** Writes down what is counted, as if the time of every window were over. */
  async closeAll(): Promise<void> {
    this.later(() => this.writeAll(() => true));
    await this.writing;
  }

  /** Resolves when all that was noted so far is in the log, or has failed to be. */
  async written(): Promise<void> {
    await this.writing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.closeAll();
  }

  /** Writes windows that are over, and records that could not be written before. */
  private look(): Promise<void> {
    const nowMs = this.clock.now().getTime();
    return this.next(() => this.writeAll((window) => this.windows.isOver(window, nowMs)));
  }

  /** What cannot be written is tried again at the next turn. */
  private later(write: () => Promise<void>): void {
    this.next(write).catch((err: unknown) => this.logger.error({ err }, COMPLAINT));
  }

  /** One after the other. */
  private next(write: () => Promise<void>): Promise<void> {
    const done = this.writing.then(write);
    this.writing = done.catch(() => undefined);
    return done;
  }

  /** Ends with the first that cannot be written: without a database each would wait in vain for its own time. */
  private async writeAll(isOver: (window: StrangerWindow) => boolean): Promise<void> {
    for (const window of this.windows.all()) await (isOver(window) ? this.close(window) : this.recordFirst(window));
  }

  private async recordFirst(window: StrangerWindow): Promise<void> {
    if (window.isRecorded) return;
    await this.audit.record(entryOf(window, window.entry), await this.database.open());
    window.isRecorded = true;
  }

  private async close(window: StrangerWindow): Promise<void> {
    await this.recordFirst(window);
    // What comes from now on opens a new one; what has come while the record was written is in this count.
    this.windows.remove(window);
    if (window.more === 0) return;
    const { requestId: _requestId, ...rest } = window.entry;
    const { more: count, openedAtMs } = window;
    const details = { ...window.entry.details, count, since: new Date(openedAtMs).toISOString() };
    await this.audit.record(entryOf(window, { ...rest, details }), await this.database.open());
  }
}

/** Where a window stands for more than one address, its records say so. */
function entryOf({ place }: StrangerWindow, entry: AuditEntry): AuditEntry {
  return place === entry.sourceIp ? entry : { ...entry, details: { ...entry.details, network: place } };
}
