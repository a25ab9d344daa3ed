import { Injectable, BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../kernel/clock/clock';
import { type AuditEntry, AuditService } from './audit.service';

/** The web UI asks for the same things every few seconds, from every open tab. */
const WINDOW_MS = 5 * 60_000;

interface Window {
  entry: AuditEntry;
  openedAtMs: number;
  /** Reads since the one that was recorded. */
  more: number;
}

/**
 * Keeps polling from flooding the log: of the same read by the same caller the first is recorded at once, and those of the
 * following five minutes as one record with their number, when the window is over or the service stops.
 */
@Injectable()
export class FoldedReads implements BeforeApplicationShutdown {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** Records a read, or counts it. */
  async record(entry: AuditEntry): Promise<void> {
    const nowMs = this.clock.now().getTime();
    await this.closeOver(nowMs);
    const key = JSON.stringify([entry.actor, entry.sourceIp, entry.action, entry.result, entry.resource]);
    const window = this.windows.get(key);
    if (window !== undefined) {
      window.more += 1;
      return;
    }
    this.windows.set(key, { entry, openedAtMs: nowMs, more: 0 });
    await this.audit.record(entry);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.closeOver(Number.POSITIVE_INFINITY).catch(() => undefined);
  }

  private async closeOver(nowMs: number): Promise<void> {
    for (const [key, { entry, openedAtMs, more }] of this.windows) {
      if (nowMs - openedAtMs < WINDOW_MS) continue;
      this.windows.delete(key);
      if (more === 0) continue;
      const { requestId: _requestId, ...rest } = entry;
      await this.audit.record({
        ...rest,
        details: { ...entry.details, count: more, since: new Date(openedAtMs).toISOString() },
      });
    }
  }
}
