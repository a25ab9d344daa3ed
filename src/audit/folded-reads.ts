import { createHash } from 'node:crypto';
import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../kernel/clock/clock';
import { RecurringJobs } from '../kernel/jobs/recurring-jobs.service';
import { type AuditEntry, AuditService } from './audit.service';
import { MINUTE_MS } from '../kernel/clock/durations';

/** The web UI asks for the same things every few seconds, from every open tab. */
const WINDOW_MS = 5 * MINUTE_MS;
/** How often finished windows are recorded. Otherwise the count of a caller that stops asking would never be. */
const LOOK_EVERY_MS = MINUTE_MS;

interface Window {
  entry: AuditEntry;
  openedAtMs: number;
  /** Reads since the one that was recorded. */
  more: number;
}

/**
 * Keeps polling from flooding the log: of the same read by the same caller the first is recorded at once, and those of the
 * following five minutes as one record with their number, when the window is over or the service stops. What is counted
 * when the process is killed is lost; the first of each window is not.
 */
@Injectable()
export class FoldedReads implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(FoldedReads.name);
  private readonly windows = new Map<string, Window>();
  private readonly job = this.jobs.declare({
    name: 'audit_reads',
    everyMs: LOOK_EVERY_MS,
    whilePaused: true,
    whileClosing: true,
    complaint: 'counted reads could not be recorded; will try again',
    run: () => this.closeOver(),
  });

  constructor(
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly jobs: RecurringJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.job.start();
  }

  /**
   * Records a read, or counts it.
   *
   * @param what is asked for beside the resource: another query is another read
   * @throws the driver's error when it cannot be recorded; the next one is then tried again
   */
  async record(entry: AuditEntry, what = ''): Promise<void> {
    const key = keyOf(entry, what);
    const nowMs = this.clock.now().getTime();
    if (this.isOver(key, nowMs)) await this.close(key);
    const window = this.windows.get(key);
    if (window !== undefined) {
      window.more += 1;
      return;
    }
    this.windows.set(key, { entry, openedAtMs: nowMs, more: 0 });
    try {
      await this.audit.record(entry);
    } catch (error) {
      this.windows.delete(key);
      throw error;
    }
  }

  async closeOver(): Promise<void> {
    const nowMs = this.clock.now().getTime();
    // What cannot be written comes back, and is for the next look.
    for (const key of [...this.windows.keys()]) if (this.isOver(key, nowMs)) await this.close(key);
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const key of [...this.windows.keys()]) await this.close(key);
  }

  private isOver(key: string, nowMs: number): boolean {
    const window = this.windows.get(key);
    return window !== undefined && nowMs - window.openedAtMs >= WINDOW_MS;
  }

  /** Records what was counted. What cannot be recorded now is counted on, and must not keep a new read from its record. */
  private async close(key: string): Promise<void> {
    const window = this.windows.get(key);
    this.windows.delete(key);
    if (window === undefined || window.more === 0) return;
    const { entry, openedAtMs, more } = window;
    const { requestId: _requestId, ...rest } = entry;
    const details = { ...entry.details, count: more, since: new Date(openedAtMs).toISOString() };
    try {
      await this.audit.record({ ...rest, details });
    } catch (error) {
      this.logger.error({ err: error, entry, count: more }, 'an audit record could not be written; will try again');
      this.windows.set(key, { ...window, more: more + (this.windows.get(key)?.more ?? 0) });
    }
  }
}

/** Queries may be long, and there may be many. */
function keyOf({ actor, sourceIp, action, result, resource, details }: AuditEntry, what: string): string {
  const parts = [actor, details?.['actor_id'], sourceIp, action, result, resource, details?.['error_code'], what];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
