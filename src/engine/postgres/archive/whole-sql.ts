/** Comments, and what begins a string, a quoted name or a dollar-quoted string, which its own words end; doubled quotes are two strings side by side. */
const BEGINNINGS = /--[^\n]*|['"]|\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/g;

/**
 * Tells whether statements, as pg_dump writes them, end outside of every string: what follows is no part of a function's body, whatever it
 * looks like. Each character is looked at once, however often it is asked.
 * Lexical structure: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export class SqlScanner {
  /** What ends the string that has begun. */
  private end: string | undefined;

  /** @param sql what comes next; it ends where a line ends, or with the text */
  feed(sql: string): this {
    for (let at = 0; at < sql.length;) {
      if (this.end !== undefined) {
        const found = sql.indexOf(this.end, at);
        if (found < 0) return this;
        at = found + this.end.length;
        this.end = undefined;
      }
      BEGINNINGS.lastIndex = at;
      const [begun] = BEGINNINGS.exec(sql) ?? [];
      if (begun === undefined) return this;
      at = BEGINNINGS.lastIndex;
      if (!begun.startsWith('--')) this.end = begun;
    }
    return this;
  }

  get isOutside(): boolean {
    return this.end === undefined;
  }
}
