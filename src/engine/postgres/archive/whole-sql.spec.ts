import { SqlScanner } from './whole-sql';

/** All at once, and line by line. */
const isWholeSql = (sql: string): boolean => {
  const lines = new SqlScanner();
  for (const line of sql.split(/(?<=\n)/)) lines.feed(line);
  const { isOutside } = new SqlScanner().feed(sql);
  expect(lines.isOutside).toBe(isOutside);
  return isOutside;
};

describe('statements', () => {
  it.each([
    ['nothing', ''],
    ['comments with quotes', "-- Name: it's; Type: TABLE\nSELECT 1;"],
    ['strings', "COMMENT ON TABLE a IS 'it''s\n--\n$$ \"odd';"],
    ['quoted names', `CREATE TABLE "a ""b' $$" (id int);`],
    ['a body', "CREATE FUNCTION f() AS $$ SELECT 'it$_$; $$;"],
    ['a body with a tag', "CREATE FUNCTION f() AS $_$ SELECT $1, $$ ' $$; $_$;"],
  ])('are whole after %s', (_, sql) => expect(isWholeSql(sql)).toBe(true));

  it.each([
    ['a string', "SELECT 'it''s\n"],
    ['a name', 'CREATE TABLE "a'],
    ['a body', 'CREATE FUNCTION f() AS $$ SELECT $1;\n'],
    ['a body with a tag', "CREATE FUNCTION f() AS $_$ SELECT 'x', $$ y $$;\n"],
    ['a body after another', 'AS $$ a $$; AS $$ b'],
    ['a body that begins like another tag', 'AS $_$x$ a $x$ b'],
  ])('are not whole within %s', (_, sql) => expect(isWholeSql(sql)).toBe(false));
});
