import { visible, visibleJson, visibleLines } from '../engine/visible-text';

/** A line, or its columns. */
export type Line = string | readonly string[];

/** What a command says: to people, or with `--json` to programs. */
export class Output {
  private isProgressShown = false;

  constructor(private readonly isJson: boolean) {}

  /** Says a result: one JSON document, or lines. What it holds of names from elsewhere cannot do anything to a terminal. */
  result(value: object, lines: readonly Line[]): void {
    process.stdout.write(this.isJson ? jsonOf(value) : lines.map((line) => `${shown(line)}\n`).join(''));
  }

  /** Says a part of a result to people at once; programs get it with the {@link result}. */
  line(text: string): void {
    if (!this.isJson) process.stdout.write(`${visible(text)}\n`);
  }

  /** Shows how far something is, where somebody watches. */
  progress(what: string, done: number, total: number): void {
    if (this.isJson || !process.stderr.isTTY || total === 0) return;
    const share = Math.min(1, done / total);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = '#'.repeat(filled) + '.'.repeat(BAR_WIDTH - filled);
    process.stderr.write(`\r${visible(what)} [${bar}] ${String(Math.floor(share * 100)).padStart(3)} %`);
    this.isProgressShown = true;
  }

  /** Says, to people who watch, that one step of something long has ended. */
  step(text: string): void {
    if (this.isJson) return;
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
    const error = { code, message, ...(details === undefined ? {} : { details }) };
    process.stderr.write(this.isJson ? jsonOf({ error }) : `bscc: ${code}: ${visibleLines(message)}\n`);
  }

  /** Takes the bar away. */
  endProgress(): void {
    if (this.isProgressShown) process.stderr.write('\r\u001b[K');
    this.isProgressShown = false;
  }
}

const BAR_WIDTH = 30;

function jsonOf(value: object): string {
  return visibleJson(`${JSON.stringify(value)}\n`);
}

function shown(line: Line): string {
  return typeof line === 'string' ? visible(line) : line.map(visible).join('\t');
}
