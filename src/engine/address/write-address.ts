import type { DatabaseAddress } from './database-address';

/** How long a connection may take to come about when the address does not say, seconds. */
export const CONNECT_TIMEOUT_S = 15;

/** Settings of a session in place of the role's, the database's and the server's. */
export type SessionSettings = Readonly<Record<string, string>>;

/** The settings as `options` of a connection; `undefined` when there are none: a proxy may let in no session that brings any. */
export function startupOptions(settings: SessionSettings): string | undefined {
  const options = Object.entries(settings).map(
    ([name, value]) => `-c ${`${name}=${value}`.replaceAll(/[\\\s]/g, String.raw`\$&`)}`,
  );
  return options.length === 0 ? undefined : options.join(' ');
}

/** The address as a URL, password included: for an environment variable, never for an argument or a log. */
export function databaseUrl(address: DatabaseAddress, settings: SessionSettings = {}): string {
  const url = new URL('postgres://localhost');
  url.username = encodeURIComponent(address.user);
  url.password = encodeURIComponent(address.password ?? '');
  url.port = String(address.places[0].port);
  url.pathname = `/${encodeURIComponent(address.database)}`;
  if (address.places[0].host.startsWith('/')) url.searchParams.set('host', address.places[0].host);
  else url.hostname = address.places[0].host.includes(':') ? `[${address.places[0].host}]` : address.places[0].host;
  if (address.sslMode !== undefined) url.searchParams.set('sslmode', address.sslMode);
  if (address.sslRootCert !== undefined) url.searchParams.set('sslrootcert', address.sslRootCert);
  const options = startupOptions(settings);
  // libpq does not take a plus sign for a space.
  return options === undefined ? url.href : withParameter(url, `options=${encodeURIComponent(options)}`);
}

function withParameter(url: URL, parameter: string): string {
  return `${url.href}${url.search === '' ? '?' : '&'}${parameter}`;
}

/** What PostgreSQL's programs need to get there. Goes into their environment; arguments are readable by every local user. */
export function toolEnvironment(address: DatabaseAddress, settings: SessionSettings = {}): Record<string, string> {
  const options = startupOptions(settings);
  return {
    ...(options === undefined ? {} : { PGOPTIONS: options }),
    PGHOST: address.places[0].host,
    PGPORT: String(address.places[0].port),
    PGUSER: address.user,
    PGDATABASE: address.database,
    PGAPPNAME: 'berkut-backups',
    PGCONNECT_TIMEOUT: String(CONNECT_TIMEOUT_S),
    ...(address.password === undefined ? {} : { PGPASSWORD: address.password }),
    ...(address.sslMode === undefined ? {} : { PGSSLMODE: address.sslMode }),
    ...(address.sslRootCert === undefined ? {} : { PGSSLROOTCERT: address.sslRootCert }),
  };
}
