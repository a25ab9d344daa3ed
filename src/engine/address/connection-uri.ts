import { DatabaseUrlError } from './database-address';
import { type Parameter, type Parameters, parameterOf } from './parameters';

/**
 * Reads a connection URI as libpq does (its documentation, 34.1.1.2): several hosts, IPv6 addresses in brackets, a
 * socket directory as an encoded host, every part left out or encoded, a plus sign that stands for itself. WHATWG's
 * parser would refuse half of these.
 *
 * @throws DatabaseUrlError
 */
export function readConnectionUri(text: string): Parameters {
  const scheme = /^postgres(?:ql)?:\/\//.exec(text)?.[0];
  if (scheme === undefined) {
    throw new DatabaseUrlError(
      text.includes('://') ? 'it does not begin with postgres:// or postgresql://' : 'it is not a URL',
    );
  }
  const found = new Map<Parameter, string>();
  const set = (name: Parameter, value: string): void => {
    if (value !== '') found.set(name, value);
  };
  const withoutScheme = text.slice(scheme.length);
  // A user ends at the first @ before any slash; a password may hold a question mark.
  const [, user, password, rest] = /^(?:([^:@/]*)(?::([^@/]*))?@)?(.*)$/s.exec(withoutScheme) ?? [];
  set('user', decoded(user ?? ''));
  set('password', decoded(password ?? ''));
  const [, hosts = '', database = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest ?? '') ?? [];
  const places = hosts.split(',').map(placeOf);
  if (places.some(({ host }) => host !== '')) set('host', places.map(({ host }) => host).join(','));
  if (places.some(({ port }) => port !== '')) set('port', places.map(({ port }) => port).join(','));
  set('dbname', decoded(database));
  for (const [name, value] of queryOf(query)) {
    // As JDBC writes it.
    if (name === 'ssl' && value === 'true') found.set('sslmode', 'require');
    else found.set(parameterOf(name), value);
  }
  return found;
}

function placeOf(text: string): { host: string; port: string } {
  const [, address, host, port] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(.*))?$/s.exec(text) ?? [];
  if (address === undefined && host === undefined) throw new DatabaseUrlError('a host of it cannot be read');
  return { host: decoded(address ?? host ?? ''), port: decoded(port ?? '') };
}

function queryOf(query: string): [name: string, value: string][] {
  if (query === '') return [];
  return query.split('&').map((pair) => {
    const [name = '', value, ...more] = pair.split('=');
    if (value === undefined || more.length > 0) {
      throw new DatabaseUrlError('a parameter of it is not of the form name=value');
    }
    return [decoded(name), decoded(value)];
  });
}

function decoded(part: string): string {
  let text: string;
  try {
    text = decodeURIComponent(part);
  } catch {
    throw new DatabaseUrlError('it has a percent sign that encodes nothing');
  }
  if (text.includes('\0')) throw new DatabaseUrlError('it has an encoded zero byte');
  return text;
}
