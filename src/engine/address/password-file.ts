import { readFileSync, statSync } from 'node:fs';
import type { ServerPlace } from './database-address';

/** Where libpq looks for a server without a host. */
const DEFAULT_SOCKETS: ReadonlySet<string> = new Set(['/var/run/postgresql', '/run/postgresql', '/tmp']);

/** Why libpq takes nothing from a password file; `undefined` when it does. */
export function passwordFileProblem(path: string): 'missing' | 'no file' | 'open to others' | undefined {
  try {
    const found = statSync(path);
    if (!found.isFile()) return 'no file';
    return (found.mode & 0o077) === 0 ? undefined : 'open to others';
  } catch {
    return 'missing';
  }
}

/**
 * Looks up a password as libpq does: the first line of the form `host:port:database:user:password` that fits, with `*` for
 * anything, `\:` and `\\`. A file that others may read says nothing.
 */
export function passwordIn(
  path: string,
  wanted: { place: ServerPlace; database: string; user: string },
): string | undefined {
  if (passwordFileProblem(path) !== undefined) return undefined;
  const { place, database, user } = wanted;
  const host = DEFAULT_SOCKETS.has(place.host) ? 'localhost' : place.host;
  for (const line of contentOf(path).split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    // Each field ends at a colon without a backslash; the password is the rest.
    const fields = /^((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):(.*)$/s.exec(line);
    const [, lineHost, linePort, lineDatabase, lineUser, password = ''] = fields ?? [];
    const fits =
      isFor(lineHost, host) &&
      isFor(linePort, String(place.port)) &&
      isFor(lineDatabase, database) &&
      isFor(lineUser, user);
    if (fits) return plain(password.replace(/(?<!\\)((?:\\\\)*):.*$/s, '$1'));
  }
  return undefined;
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isFor(field: string | undefined, value: string): boolean {
  return field !== undefined && (field === '*' || plain(field) === value);
}

function plain(field: string): string {
  return field.replaceAll(/\\(.)/gs, '$1');
}
