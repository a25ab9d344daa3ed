import type pg from 'pg';

/** The rows of each statement that was sent together with others; the driver's types know only one. */
export function pgResults<Row extends pg.QueryResultRow>(
  answer: pg.QueryResult<Row> | readonly pg.QueryResult<Row>[],
): readonly (readonly Row[])[] {
  const results: readonly pg.QueryResult<Row>[] = 'rows' in answer ? [answer] : answer;
  return results.map(({ rows }) => rows);
}
