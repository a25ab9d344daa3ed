import { existsSync } from 'node:fs';
import { present } from '../optional/present';
import type { DatabaseAddress } from './database-address';
import { systemAuthorities } from './system-authorities';

/** How long a server may take to let us in when the address does not say, seconds. */
export const CONNECT_TIMEOUT_S = 15;

/** By this name the sessions of the service and of the programs that it starts know each other. */
export const APPLICATION_NAME = 'berkut-backups';

/** Settings of a session in place of the role's, the database's and the server's. */
export type SessionSettings = Readonly<Record<string, string>>;

/**
 * Those of the address and, with more weight, the given ones as `options` of a connection; `undefined` when there are
 * none: a proxy may let in no session that brings any.
 */
export function startupOptions({ options }: DatabaseAddress, settings: SessionSettings = {}): string | undefined {
  const all = [
    ...(options === undefined ? [] : [options]),
    ...Object.entries(settings).map(
      ([name, value]) => `-c ${`${name}=${value}`.replaceAll(/[\\\s]/g, String.raw`\$&`)}`,
    ),
  ];
  return all.length === 0 ? undefined : all.join(' ');
}

/** The address as a URL, password included: for an environment variable, never for an argument or a log. */
export function databaseUrl(address: DatabaseAddress, settings: SessionSettings = {}): string {
  const user = encodeURIComponent(address.user);
  const password = address.password === undefined ? '' : `:${encodeURIComponent(address.password)}`;
  const isSocket = address.places.some(({ host }) => host.startsWith('/'));
  const hosts = address.places.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  // Readers other than libpq know a socket as a parameter only.
  const place =
    isSocket && address.places.length === 1 ? `localhost:${address.places[0].port}` : hosts.map(encodedHost).join(',');
  const parameters = Object.entries({
    ...present({ host: isSocket && address.places.length === 1 ? address.places[0].host : undefined }),
    ...withoutMissingFiles(parametersOf(address)),
    ...othersOf(address),
    ...optionsOf(address, settings),
  });
  // libpq does not take a plus sign for a space.
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `postgres://${user}${password}@${place}/${encodeURIComponent(address.database)}${query === '' ? '' : `?${query}`}`;
}

/** Not `load_balance_hosts`: before version 16 libpq refuses a URL that has it, and the order of hosts is a matter of load only. */
function othersOf({ places, connectTimeoutS, applicationName }: DatabaseAddress): Record<string, string> {
  return present({
    hostaddr: hostAddressesOf(places),
    connect_timeout: connectTimeoutS?.toString(),
    application_name: applicationName,
  });
}

/** `undefined` when no place has one. */
function hostAddressesOf(places: DatabaseAddress['places']): string | undefined {
  const hasOne = places.some(({ hostAddress }) => hostAddress !== undefined);
  return hasOne ? places.map(({ hostAddress }) => hostAddress ?? '').join(',') : undefined;
}

/** Where libpq goes on without a file that is not there, other readers of a URL refuse. */
function withoutMissingFiles(parameters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).filter(
      ([name, value]) => !/^ssl(rootcert|crl|cert|key)$/.test(name) || existsSync(value),
    ),
  );
}

function encodedHost(host: string): string {
  return host.replaceAll(/[/?#@%]/g, (character) => encodeURIComponent(character));
}

function optionsOf(address: DatabaseAddress, settings: SessionSettings): Record<string, string> {
  const options = startupOptions(address, settings);
  return present({ options });
}

/** What PostgreSQL's programs need to get there. Goes into their environment; arguments are readable by every local user. */
export function toolEnvironment(address: DatabaseAddress, settings: SessionSettings = {}): Record<string, string> {
  const { places, password, passwordFile, isShuffled } = address;
  const variables = Object.entries({ ...parametersOf(address), ...optionsOf(address, settings) }).map(
    ([name, value]) => [VARIABLES[name] ?? `PG${name.toUpperCase()}`, value] as const,
  );
  return {
    ...Object.fromEntries(variables),
    PGHOST: places.map(({ host }) => host).join(','),
    ...present({ PGHOSTADDR: hostAddressesOf(places) }),
    PGPORT: places.map(({ port }) => port).join(','),
    PGUSER: address.user,
    PGDATABASE: address.database,
    PGAPPNAME: address.applicationName ?? APPLICATION_NAME,
    PGCONNECT_TIMEOUT: String(address.connectTimeoutS ?? CONNECT_TIMEOUT_S),
    // Our own connections cannot, and programs are to go the same way.
    PGGSSENCMODE: 'disable',
    ...present({
      PGLOADBALANCEHOSTS: isShuffled === true ? 'random' : undefined,
      PGPASSWORD: password,
      PGPASSFILE: password === undefined ? passwordFile : undefined,
    }),
  };
}

/** Where the variable is not the parameter in capitals. */
const VARIABLES: Readonly<Record<string, string>> = {
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  channel_binding: 'PGCHANNELBINDING',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
};

/** What differs from what libpq does without being told, by libpq's names. */
function parametersOf({ sslMode, tls, channelBinding, sessionAttributes }: DatabaseAddress): Record<string, string> {
  // Before version 16 libpq takes `system` for the name of a file.
  const rootCert = tls.rootCert === 'system' ? systemAuthorities() : tls.rootCert;
  const given: Record<string, string | undefined> = {
    sslmode: sslMode === 'prefer' ? undefined : sslMode,
    sslrootcert: rootCert,
    sslcrl: tls.revoked,
    sslcert: tls.cert,
    sslkey: tls.key,
    ssl_min_protocol_version: tls.minVersion,
    ssl_max_protocol_version: tls.maxVersion,
    sslsni: tls.sendsName === false ? '0' : undefined,
    channel_binding: channelBinding,
    target_session_attrs: sessionAttributes,
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
