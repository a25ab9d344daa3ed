import { join } from 'node:path';
import { present } from '../optional/present';
import { unlessEmpty } from '../optional/unless-empty';
import { readConnectionUri } from './connection-uri';
import {
  CHANNEL_BINDINGS,
  type DatabaseAddress,
  DatabaseUrlError,
  type ServerPlace,
  SESSION_ATTRIBUTES,
  SSL_MODES,
  type SslMode,
  TLS_VERSIONS,
  type TlsFiles,
} from './database-address';
import { environmentParameters, type Parameter, type Surroundings } from './parameters';
import { passwordIn } from './password-file';
import { readService } from './service-file';

type Given = (name: Parameter) => string | undefined;

/**
 * Reads a connection URL with libpq's meaning of every part: what the URL does not say may be in the service that it or
 * `PGSERVICE` names, in variables such as `PGSSLMODE`, in the password file, and in the files of `~/.postgresql`.
 *
 * @param surroundings without them only the URL counts
 * @throws DatabaseUrlError when it is not such a URL, names neither user nor database, or has a parameter that we would
 *   silently ignore
 */
export function parseDatabaseUrl(text: string, surroundings: Surroundings = { environment: {} }): DatabaseAddress {
  const own = readConnectionUri(text);
  const variables = environmentParameters(surroundings);
  const service = own.get('service') ?? variables.get('service');
  const named = service === undefined ? undefined : readService(service, surroundings);
  const given: Given = (name) => {
    const value = own.get(name) ?? named?.get(name) ?? variables.get(name);
    return value === '' ? undefined : value;
  };
  const user = given('user');
  const database = given('dbname');
  if (user === undefined || database === undefined) {
    throw new DatabaseUrlError('the user or the database is missing');
  }
  if (!['disable', 'prefer', undefined].includes(given('gssencmode'))) {
    throw new DatabaseUrlError('the service cannot encrypt by GSSAPI, as gssencmode asks for');
  }
  const places = placesOf(given);
  const tls = tlsOf(given, surroundings.home);
  return {
    places,
    user,
    database,
    ...passwordOf(given, { places, database, user }, surroundings.home),
    sslMode: sslModeOf(given, tls),
    tls,
    ...present({
      isShuffled: one(given, 'load_balance_hosts', ['disable', 'random']) === 'random' || undefined,
      channelBinding: one(given, 'channel_binding', CHANNEL_BINDINGS),
      sessionAttributes: one(given, 'target_session_attrs', SESSION_ATTRIBUTES),
      connectTimeoutS: timeoutOf(given),
      options: given('options'),
      applicationName: given('application_name'),
    }),
  };
}

function placesOf(given: Given): readonly [ServerPlace, ...ServerPlace[]] {
  const hosts = given('host')?.split(',');
  const addresses = given('hostaddr')?.split(',');
  const ports = given('port')?.split(',') ?? [''];
  const count = (addresses ?? hosts ?? ['']).length;
  if (hosts !== undefined && hosts.length !== count)
    throw new DatabaseUrlError('it has another number of hosts than of addresses');
  if (ports.length !== 1 && ports.length !== count)
    throw new DatabaseUrlError('it has another number of ports than of hosts');
  const place = (i: number): ServerPlace => {
    const hostAddress = addresses?.[i] ?? '';
    const host = hosts?.[i] ?? '';
    return {
      host: host !== '' ? host : hostAddress !== '' ? hostAddress : 'localhost',
      ...present({ hostAddress: unlessEmpty(hostAddress) }),
      port: portOf(ports.length === 1 ? ports[0] : ports[i]),
    };
  };
  return [place(0), ...Array.from({ length: count - 1 }, (_, i) => place(i + 1))];
}

function portOf(text = ''): number {
  const port = Number(text === '' ? '5432' : text);
  if (!/^\d*$/.test(text) || port < 1 || port > 65535) throw new DatabaseUrlError('the port is not a port');
  return port;
}

function passwordOf(
  given: Given,
  { places, database, user }: { places: readonly ServerPlace[]; database: string; user: string },
  home: string | undefined,
): Pick<DatabaseAddress, 'password' | 'passwordFile'> {
  const password = given('password');
  if (password !== undefined) return { password };
  const file = given('passfile') ?? (home === undefined ? undefined : join(home, '.pgpass'));
  if (file === undefined) return {};
  for (const place of places) {
    const found = passwordIn(file, { place, database, user });
    if (found !== undefined) return { password: found };
  }
  return { passwordFile: file };
}

/** As libpq, which takes the files of `~/.postgresql` when others are not named. */
function tlsOf(given: Given, home: string | undefined): TlsFiles {
  const usual = (name: string): string | undefined =>
    home === undefined ? undefined : join(home, '.postgresql', name);
  return present({
    rootCert: given('sslrootcert') ?? usual('root.crt'),
    revoked: given('sslcrl') ?? usual('root.crl'),
    cert: given('sslcert') ?? usual('postgresql.crt'),
    key: given('sslkey') ?? usual('postgresql.key'),
    minVersion: one(given, 'ssl_min_protocol_version', TLS_VERSIONS),
    maxVersion: one(given, 'ssl_max_protocol_version', TLS_VERSIONS),
    sendsName: one(given, 'sslsni', ['0', '1']) === '0' ? false : undefined,
  });
}

/** The authorities of the machine certify any server: only the name in a certificate says whose it is. */
function sslModeOf(given: Given, { rootCert }: TlsFiles): SslMode {
  const mode = one(given, 'sslmode', SSL_MODES);
  if (rootCert !== 'system') return mode ?? 'prefer';
  if (mode !== undefined && mode !== 'verify-full') {
    throw new DatabaseUrlError('sslrootcert=system goes with sslmode=verify-full only');
  }
  return 'verify-full';
}

/** Less than two seconds is too little for any server, says libpq. */
function timeoutOf(given: Given): number | undefined {
  const text = given('connect_timeout');
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw new DatabaseUrlError('connect_timeout is not a whole number of seconds');
  const seconds = Number(text);
  return seconds <= 0 ? 0 : Math.max(2, seconds);
}

function one<const T extends string>(given: Given, name: Parameter, words: readonly T[]): T | undefined {
  const value = given(name);
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new DatabaseUrlError(`${name} must be one of ${words.join(', ')}`);
  return word;
}
