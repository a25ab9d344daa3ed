import { type DatabaseAddress, DatabaseUrlError, type SslMode } from './database-address';

const SSL_MODES: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const PARAMETERS = new Set([
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'sslrootcert',
  'application_name',
]);

/**
 * Reads a connection URL of the form `postgres://user:password@host:port/database?sslmode=…`; a socket directory is given
 * as `?host=/directory`.
 *
 * @throws DatabaseUrlError when it is not such a URL, or has a parameter we would silently ignore
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const url = parsed(text);
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name)) throw new DatabaseUrlError(`the parameter ${JSON.stringify(name)} is not supported`);
  }
  const given = (name: string, part: string): string => url.searchParams.get(name) ?? decoded(part);
  const password = given('password', url.password);
  const user = given('user', url.username);
  const database = given('dbname', url.pathname.slice(1));
  const host = given('host', url.hostname.replace(/^\[|\]$/g, ''));
  if (user === '' || database === '') throw new DatabaseUrlError('the user or the database is missing');
  const port = Number(given('port', url.port) || '5432');
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new DatabaseUrlError('the port is not a port');
  const sslRootCert = url.searchParams.get('sslrootcert');
  const sslMode = sslModeOf(url.searchParams.get('sslmode'));
  return {
    places: [{ host: host === '' ? 'localhost' : host, port }],
    user,
    database,
    ...(password === '' ? {} : { password }),
    ...(sslMode === undefined ? {} : { sslMode }),
    ...(sslRootCert === null ? {} : { sslRootCert }),
  };
}

function parsed(text: string): URL {
  // libpq allows a user before an empty host, the URL standard does not.
  const standard = text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?#])/, '$1localhost');
  if (!URL.canParse(standard)) throw new DatabaseUrlError('it is not a URL');
  const url = new URL(standard);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw new DatabaseUrlError('it does not begin with postgres:// or postgresql://');
  }
  return url;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new DatabaseUrlError('it has a percent sign that encodes nothing');
  }
}

function sslModeOf(value: string | null): SslMode | undefined {
  if (value === null) return undefined;
  const mode = SSL_MODES.find((candidate) => candidate === value);
  if (mode === undefined) throw new DatabaseUrlError('sslmode is none of libpq’s modes');
  return mode;
}
