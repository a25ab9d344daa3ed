/** Comments, strings, quoted names and dollar-quoted strings that end; doubled quotes are two of them side by side. */
const ENDED = /--[^\n]*|'[^']*'|"[^"]*"|\$((?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?)\$[^]*?\$\1\$/g;
const BEGUN = /['"]|\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$/;

/**
 * Whether statements, as pg_dump writes them, end outside of every string: what follows is no part of a function's body, whatever it
 * looks like. Lexical structure: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function isWholeSql(sql: string): boolean {
  return !BEGUN.test(sql.replace(ENDED, ''));
}
