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
  return names.map((name) => `"${(name === USER ? application : name).replaceAll('"', '""')}"`).join(', ');
}
