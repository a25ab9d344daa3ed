import { IDENTIFIER, unquoted } from './identifiers';

const ITEM = new RegExp(`\\s*(${IDENTIFIER}|[^,\\s]+)\\s*(?:,|$)`, 'g');
const USER = '$user';

/** The schemas that a `search_path` names, in its order. */
function schemasOf(path: string): string[] {
  return [...path.matchAll(ITEM)].flatMap(([, item]) => (item === undefined || item === '' ? [] : [unquoted(item)]));
}

/** A `search_path` in which the schema of the session's user is that of the application. */
export function pathFor(
  path: string,
  { application, schemas }: { readonly application: string; readonly schemas: readonly string[] },
): string {
  const names = schemasOf(path);
  // Without such a schema it names nothing, as it does for the application.
  if (!names.includes(USER) || !schemas.includes(application)) return path;
  return names.map((name) => quoted(name === USER ? application : name)).join(', ');
}

/** The same path, in which `pg_catalog` comes first: it does where it is not named. */
export function withoutCatalog(path: string): string {
  const names = schemasOf(path);
  if (!names.includes('pg_catalog')) return path;
  const others = names.filter((name) => name !== 'pg_catalog');
  return others.length === 0 ? '""' : others.map(quoted).join(', ');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
