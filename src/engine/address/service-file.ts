import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseUrlError } from './database-address';
import { type Parameter, type Parameters, parameterOf, type Surroundings } from './parameters';

/** Where packages keep the service file of the whole machine: Debian's and the one of a server that was built here. */
const SYSTEM_DIRECTORIES = ['/etc/postgresql-common', '/usr/local/pgsql/etc', '/etc/sysconfig/pgsql'];

/**
 * The parameters that a service of that name has: in the file of `PGSERVICEFILE` or of the user, else in the machine's.
 *
 * @throws DatabaseUrlError when no file has it, or the file cannot be understood
 */
export function readService(name: string, { environment, home }: Surroundings): Parameters {
  const own = environment['PGSERVICEFILE'] ?? (home === undefined ? undefined : join(home, '.pg_service.conf'));
  const directory = environment['PGSYSCONFDIR'];
  const shared = (directory === undefined ? SYSTEM_DIRECTORIES : [directory]).map((at) => join(at, 'pg_service.conf'));
  for (const path of own === undefined ? shared : [own, ...shared]) {
    const content = contentOf(path);
    const found = content === undefined ? undefined : serviceIn(content, name);
    if (found !== undefined) return found;
  }
  throw new DatabaseUrlError('no service file has the service that it names');
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** @returns `undefined` when the file does not have it */
function serviceIn(content: string, name: string): Parameters | undefined {
  let found: Map<Parameter, string> | undefined;
  for (const line of content.split('\n').map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found !== undefined) return found;
      if (line === `[${name}]`) found = new Map();
    } else if (found !== undefined) {
      const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
      if (key === '') throw new DatabaseUrlError('the service that it names has a line that is not name=value');
      if (key === 'service') throw new DatabaseUrlError('the service that it names is one of another service');
      const parameter = parameterOf(key);
      // The first one counts, as for libpq.
      if (!found.has(parameter)) found.set(parameter, value);
    }
  }
  return found;
}
