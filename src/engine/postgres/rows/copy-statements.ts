import pg from 'pg';
import { qualified } from '../server/relation-name';
import type { PartOrder } from './part-queue';

/**
 * The statement that copies a part of a table out, as `pg_dump` would.
 *
 * @param encoding of the database: its bytes leave as they are, whatever the session's encoding
 */
export function copyOutStatement({ table, pages }: PartOrder, encoding: string): string {
  const { columns, extension } = table;
  const name = qualified(table);
  const options = `TO STDOUT (ENCODING ${pg.escapeLiteral(encoding)})`;
  const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
  if (extension !== undefined && extension.condition !== '') {
    return `COPY (SELECT ${list === '' ? '*' : list} FROM ${name} ${extension.condition}) ${options}`;
  }
  if (pages !== undefined) {
    const bounds = [`ctid >= '(${pages.from},0)'`, ...(pages.to === undefined ? [] : [`ctid < '(${pages.to},0)'`])];
    return `COPY (SELECT ${list} FROM ONLY ${name} WHERE ${bounds.join(' AND ')}) ${options}`;
  }
  return `COPY ${name}${list === '' ? '' : ` (${list})`} ${options}`;
}
