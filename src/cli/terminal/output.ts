import { visible, visibleJson, visibleLines } from '../../engine/bytes/visible-text';
import { ProgressLine } from './progress-line';

/** A line, or its columns. */
export type Line = string | readonly string[];

/** What a command says: to people, or with `--json` to programs. */
export class Output {
  private readonly progressLine = new ProgressLine(process.stderr);

  /**
   * @param isJson to programs: one JSON document, and JSON lines for notes and errors
   * @param isQuiet only results, notes and errors
   */
  constructor(
    private readonly isJson: boolean,
    private readonly isQuiet = false,
  ) {}

  /** Says a result: one JSON document, or lines. What it holds of names from elsewhere cannot do anything to a terminal. */
  result(value: object, lines: readonly Line[]): void {
    this.endProgress();
    process.stdout.write(this.isJson ? jsonOf(value) : lines.map((line) => `${shown(line)}\n`).join(''));
  }

  /** Says a part of a result to people at once; programs get it with the {@link result}. */
  line(text: string): void {
    if (this.isJson) return;
    this.endProgress();
    process.stdout.write(`${visible(text)}\n`);
  }

  /**
   * Shows how far something is.
   *
   * @param total bytes, 0 when it is not known
   */
  progress(phase: string, done: number, total: number): void {
    if (!this.isJson && !this.isQuiet) this.progressLine.report(visible(phase), done, total);
  }

  /** Says, to people who watch, that one step of something long has ended. */
  step(text: string): void {
    if (this.isJson || this.isQuiet) return;
    this.endProgress();
    process.stderr.write(`${visible(text)}\n`);
  }

  /** Something people should know, that is no result. */
  note(message: string): void {
    this.endProgress();
    process.stderr.write(this.isJson ? jsonOf({ note: message }) : `bscc: ${visibleLines(message)}\n`);
  }

  /** Why there is no result. */
  failure(code: string, message: string, details?: object): void {
    this.endProgress();
    const error = { code, message, details };
    process.stderr.write(this.isJson ? jsonOf({ error }) : `bscc: ${code}: ${visibleLines(message)}\n`);
  }

  /** Takes the progress line away. */
  endProgress(): void {
    this.progressLine.end();
  }
}

function jsonOf(value: object): string {
  return visibleJson(`${JSON.stringify(value)}\n`);
}

function shown(line: Line): string {
  return typeof line === 'string' ? visible(line) : line.map(visible).join('\t');
}
