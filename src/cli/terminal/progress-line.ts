import { bytesInWords } from './table';

/** Redrawn more often, a line only flickers. */
const REDRAWN_EVERY_MS = 100;
/** Where nothing can be redrawn each line stays: in a log one every half minute is enough. */
const TOLD_EVERY_MS = 30_000;
/** Before that a rate is a guess. */
const KNOWN_AFTER_MS = 1_000;
const PERCENT_WIDTH = 5;
const DEFAULT_COLUMNS = 80;

/** The part of a stream that progress is written to. */
interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What is shown of one phase. */
interface Phase {
  readonly name: string;
  readonly beganAtMs: number;
  readonly doneAtStart: number;
  done: number;
  total: number;
}

/**
 * How far something long is: phase, share, bytes, rate and time left. At a terminal it is one line that is redrawn, elsewhere a
 * line now and then. What is reported late or out of order never takes it back.
 */
export class ProgressLine {
  private phase: Phase | undefined;
  private shownAtMs = Number.NEGATIVE_INFINITY;
  private shownLength = 0;

  /**
   * @param screen usually standard error
   * @param nowMs a clock that only goes forward, milliseconds
   */
  constructor(
    private readonly screen: Screen,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * Takes note of how far a phase is; what came before another phase is not shown again.
   *
   * @param done bytes
   * @param total bytes, 0 when it is not known
   */
  report(name: string, done: number, total: number): void {
    const now = this.nowMs();
    const { phase } = this;
    if (phase?.name !== name) {
      // The first line of a log would tell of nothing yet.
      if (phase === undefined && this.screen.isTTY !== true) this.shownAtMs = now;
      if (this.screen.isTTY === true) this.shownAtMs = Number.NEGATIVE_INFINITY;
      this.phase = { name, beganAtMs: now, doneAtStart: done, done, total };
    } else {
      phase.total = Math.max(phase.total, total);
      phase.done = Math.max(phase.done, done);
    }
    const isLast = this.phase !== undefined && this.phase.total > 0 && this.phase.done >= this.phase.total;
    const pause = this.screen.isTTY === true ? REDRAWN_EVERY_MS : TOLD_EVERY_MS;
    if (now - this.shownAtMs < pause && !(isLast && this.screen.isTTY === true)) return;
    this.shownAtMs = now;
    this.draw(now);
  }

  /** Takes the line away; what is written next begins at the left. */
  end(): void {
    // Spaces, because not every terminal knows how to clear a line.
    if (this.shownLength > 0) this.screen.write(`\r${' '.repeat(this.shownLength)}\r`);
    this.shownLength = 0;
  }

  private draw(now: number): void {
    if (this.phase === undefined) return;
    const text = lineOf(this.phase, now);
    if (this.screen.isTTY !== true) {
      this.screen.write(`${text}\n`);
      return;
    }
    // The last column stays free: a terminal that wraps there would scroll with every redrawing.
    const shown = text.slice(0, (this.screen.columns ?? DEFAULT_COLUMNS) - 1);
    this.screen.write(`\r${shown.padEnd(this.shownLength)}`);
    this.shownLength = shown.length;
  }
}

function lineOf({ name, beganAtMs, doneAtStart, done, total }: Phase, now: number): string {
  const elapsedMs = now - beganAtMs;
  const bytesASecond = ((done - doneAtStart) * 1000) / elapsedMs;
  const isRateKnown = elapsedMs >= KNOWN_AFTER_MS && bytesASecond > 0;
  const parts = [name];
  if (total > 0) {
    const shown = Math.min(done, total);
    parts.push(`${Math.floor((shown / total) * 100)} %`.padStart(PERCENT_WIDTH));
    parts.push(`${bytesInWords(shown)} of ${bytesInWords(total)}`);
  } else parts.push(bytesInWords(done));
  if (isRateKnown) parts.push(`${bytesInWords(Math.round(bytesASecond))}/s`);
  if (isRateKnown && total > done) parts.push(`${durationInWords((total - done) / bytesASecond)} left`);
  return parts.join('  ');
}

/** `0:07`, `12:34`, `1:02:03`. */
function durationInWords(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours === 0 ? `${minutes}:${two(whole % 60)}` : `${hours}:${two(minutes)}:${two(whole % 60)}`;
}
