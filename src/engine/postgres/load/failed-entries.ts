/**
 * What a verbose pg_restore says before the first error of an entry, and at its end when it has gone on after errors. Its processes
 * write the beginning of a line in pieces, so beginnings may pile up before one line and be missing before the next.
 */
const BEGINNING = String.raw`(?:pg_restore:|error:|warning:|\[[^\]]*\]| )*`;
const ENTRY = new RegExp(String.raw`^${BEGINNING}from TOC entry (\d+);`);
const IGNORED = new RegExp(String.raw`^${BEGINNING}errors ignored on restore: \d+$`);
const SAYS = /^pg_restore: /;
const ERROR = /^pg_restore: (?:\[.*\] )?error: /;
/** Errors of the rows themselves, or of the server: another search path is no help. */
const HOPELESS = /could not create unique index|violates foreign key constraint|No space left on device/;
/** The first errors say what is wrong. */
const KEPT_CHARACTERS = 4_000;

/** Finds in the words of a verbose pg_restore that goes on after errors which entries of the archive failed. */
export class FailedEntries {
  private readonly found = new Set<number>();
  private rest = '';
  private hasGoneOn = false;
  private hasHopeless = false;
  private isError = false;
  private kept = '';

  /** @param text what it says, as it comes */
  read(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }

  private take(line: string): void {
    const [, id] = ENTRY.exec(line) ?? [];
    if (id !== undefined) this.found.add(Number(id));
    if (IGNORED.test(line)) this.hasGoneOn = true;
    if (HOPELESS.test(line)) this.hasHopeless = true;
    if (SAYS.test(line)) this.isError = ERROR.test(line);
    if (this.isError && this.kept.length < KEPT_CHARACTERS) this.kept += `${line}\n`;
  }

  get ids(): ReadonlySet<number> {
    return this.found;
  }

  /** It has come to its end, and everything that failed is known. */
  get areAll(): boolean {
    return this.hasGoneOn && this.found.size > 0;
  }

  /** One of them will fail however it is tried. */
  get isHopeless(): boolean {
    return this.hasHopeless;
  }

  /** The first errors, with what belongs to them. */
  get errors(): string {
    return this.kept.slice(0, KEPT_CHARACTERS);
  }
}
