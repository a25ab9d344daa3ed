import { present } from '../../engine/optional/present';
import type { TablesProgress } from '../../engine/postgres/rows/tables-under-way';
import type { Clock } from '../clock/clock';

/** Progress of a run as the wire shows it. */
export interface ProgressView {
  phase: string;
  /** 0–100, by bytes; 100 only when the phase is over. */
  percent: number;
  bytes_done: number;
  bytes_total?: number;
  eta_seconds?: number;
  tables?: TablesProgress;
}

/** A measurement reported by the engine: bytes done, and how many are expected (an estimate), of one phase. */
export interface ProgressReport {
  phase: string;
  bytesDone: number;
  bytesTotal?: number | undefined;
  /** Asked only when the row is written. */
  tables?: (() => TablesProgress) | undefined;
}

/** Rows are written at most this often: progress is for people, and every write costs the control database a row version. */
const WRITE_EVERY_MS = 1_000;

/**
 * Turns the engine's reports, which come with every chunk, into a row update a second. A failed update is left to the
 * next one: progress is never a reason to fail a run.
 */
export class ProgressWriter {
  private phase = '';
  private phaseStartedAtMs = 0;
  private phaseStartedBytes = 0;
  private writtenAtMs = Number.NEGATIVE_INFINITY;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly write: (progress: ProgressView) => Promise<void>,
  ) {}

  report(report: ProgressReport): void {
    const nowMs = this.clock.now().getTime();
    const isNewPhase = report.phase !== this.phase;
    if (isNewPhase) {
      this.phase = report.phase;
      this.phaseStartedAtMs = nowMs;
      this.phaseStartedBytes = report.bytesDone;
    } else if (nowMs - this.writtenAtMs < WRITE_EVERY_MS) {
      return;
    }
    this.writtenAtMs = nowMs;
    const view = this.view(report, nowMs);
    this.writing = this.writing.then(() => this.write(view)).catch(() => undefined);
  }

  /** Waits for the update under way, so that none lands after the row's last change. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private view({ phase, bytesDone, bytesTotal, tables }: ProgressReport, nowMs: number): ProgressView {
    const view: ProgressView = { phase, percent: 0, bytes_done: bytesDone, ...present({ tables: tables?.() }) };
    if (bytesTotal === undefined || bytesTotal <= 0) return view;
    view.bytes_total = bytesTotal;
    view.percent = Math.min(99, Math.floor((bytesDone / bytesTotal) * 100));
    const elapsedMs = nowMs - this.phaseStartedAtMs;
    // A phase may begin with some of it done.
    const doneSince = bytesDone - this.phaseStartedBytes;
    if (doneSince > 0 && elapsedMs >= WRITE_EVERY_MS) {
      view.eta_seconds = Math.max(0, Math.ceil((elapsedMs * (bytesTotal - bytesDone)) / doneSince / 1000));
    }
    return view;
  }
}
