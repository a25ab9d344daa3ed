import { parseDatabaseUrl } from '../../engine/postgres/connection';

const LOCAL: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** Whether two URLs, as far as one can tell without connecting, lead to one database. */
export function isSameDatabase(a: string, b: string): boolean {
  return placeOf(a) === placeOf(b);
}

function placeOf(url: string): string {
  const { host, port, database } = parseDatabaseUrl(url);
  const name = host.toLowerCase();
  return JSON.stringify([LOCAL.has(name) ? 'localhost' : name, port, database]);
}
