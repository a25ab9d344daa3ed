/**
 * Comments, strings, quoted names and dollar-quoted strings that end, and, captured, the beginning of one that does not; doubled quotes
 * are two strings side by side.
 */
const PARTS =
  /--[^\n]*|'[^']*'|"[^"]*"|\$((?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?)\$[^]*?\$\1\$|(?<begun>['"]|\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)/g;

/**
 * Whether statements, as pg_dump writes them, end outside of every string: what follows is no part of a function's body, whatever it
 * looks like. Lexical structure: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function isWholeSql(sql: string): boolean {
  for (const { groups } of sql.matchAll(PARTS)) if (groups?.['begun'] !== undefined) return false;
  return true;
}
