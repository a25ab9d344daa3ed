import type { DatabaseAddress } from '../../engine/address/database-address';

const LOCAL: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** Whether two addresses, as far as one can tell without connecting, may lead to one database. */
export function isSameDatabase(a: DatabaseAddress, b: DatabaseAddress): boolean {
  const others = new Set(namesOf(b));
  return a.database === b.database && namesOf(a).some((name) => others.has(name));
}

function namesOf({ places }: DatabaseAddress): string[] {
  return places.map(({ host, port }) => {
    const name = host.toLowerCase();
    return JSON.stringify([LOCAL.has(name) ? 'localhost' : name, port]);
  });
}
