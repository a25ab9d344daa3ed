/** More lines than these, or longer ones, say nothing new. */
const LINES_KEPT = 100;
const CHARACTERS_KEPT = 500;

/** What several `pg_dump` of one backup say on stderr although they do their work. Each line counts once. */
export class DumpWarnings {
  private readonly said = new Set<string>();
  private readonly unfinished = new Map<symbol, string>();

  /** For one program: takes its stderr as it arrives. */
  listener(): (text: string) => void {
    const program = Symbol('pg_dump');
    return (text) => {
      // What has no line break yet is cut, too: a program that writes none must not fill the memory.
      const lines = `${this.unfinished.get(program) ?? ''}${text}`.split('\n');
      this.unfinished.set(program, (lines.pop() ?? '').slice(0, CHARACTERS_KEPT));
      for (const line of lines) this.add(line);
    };
  }

  /** Everything that was said, once the programs have ended. */
  lines(): string[] {
    for (const line of this.unfinished.values()) this.add(line);
    this.unfinished.clear();
    return [...this.said];
  }

  private add(line: string): void {
    const text = withoutPaths(
      line
        .slice(0, CHARACTERS_KEPT)
        .replace(/\p{C}+/gu, ' ')
        .trim(),
    );
    if (text !== '' && this.said.size < LINES_KEPT) this.said.add(text);
  }
}

function withoutPaths(text: string): string {
  return text.replace(/(?<![\w.])(?:\/[\w.+-]+){2,}/g, '…');
}
