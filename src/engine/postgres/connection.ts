import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** How TLS is used towards a server, in libpq's words. */
type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** Where a database is and who we are there. */
export interface DatabaseAddress {
  /** Host name, IP address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly sslMode?: SslMode;
  /** Path of a PEM file with the authorities that may have signed the server's certificate. */
  readonly sslRootCert?: string;
}

/** A database URL that cannot be used. Never contains the URL, which may hold a password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

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
const CONNECT_TIMEOUT_MS = 15_000;

/** Settings of a server or a role that end long work; older servers do not know all of them. */
export const TIME_LIMITS: readonly string[] = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];
/**
 * Time limits off, writing allowed where the server, the role or the database has turned it off by default, and no other role,
 * unless ours has nothing of its own and cannot do without.
 */
const FOR_LONG_WORK = `
  SELECT pg_catalog.set_config(name, CASE name WHEN 'default_transaction_read_only' THEN 'off' WHEN 'role' THEN 'none' ELSE '0' END, false)
    FROM pg_catalog.unnest($1::text[]) AS name
   WHERE pg_catalog.current_setting(name, true) IS NOT NULL
     AND (name <> 'role' OR pg_catalog.current_setting(name) <> 'none' AND EXISTS
           (SELECT FROM pg_catalog.pg_roles WHERE rolname = session_user AND (rolsuper OR rolinherit)))`;

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
    host: host === '' ? 'localhost' : host,
    port,
    user,
    database,
    ...(password === '' ? {} : { password }),
    ...(sslMode === undefined ? {} : { sslMode }),
    ...(sslRootCert === null ? {} : { sslRootCert }),
  };
}

/** Another database of the same server. */
export function withDatabase(address: DatabaseAddress, database: string): DatabaseAddress {
  return { ...address, database };
}

/** The address as a URL, password included: for an environment variable, never for an argument or a log. */
export function databaseUrl(address: DatabaseAddress, settings: SessionSettings = {}): string {
  const url = new URL('postgres://localhost');
  url.username = encodeURIComponent(address.user);
  url.password = encodeURIComponent(address.password ?? '');
  url.port = String(address.port);
  url.pathname = `/${encodeURIComponent(address.database)}`;
  if (address.host.startsWith('/')) url.searchParams.set('host', address.host);
  else url.hostname = address.host.includes(':') ? `[${address.host}]` : address.host;
  if (address.sslMode !== undefined) url.searchParams.set('sslmode', address.sslMode);
  if (address.sslRootCert !== undefined) url.searchParams.set('sslrootcert', address.sslRootCert);
  const options = startupOptions(settings);
  // libpq does not take a plus sign for a space.
  return options === undefined ? url.href : withParameter(url, `options=${encodeURIComponent(options)}`);
}

function withParameter(url: URL, parameter: string): string {
  return `${url.href}${url.search === '' ? '?' : '&'}${parameter}`;
}

/** Settings of a session in place of the role's, the database's and the server's. */
export type SessionSettings = Readonly<Record<string, string>>;

/** `undefined` when there are none: a proxy may let in no session that brings any. */
function startupOptions(settings: SessionSettings): string | undefined {
  const options = Object.entries(settings).map(
    ([name, value]) => `-c ${`${name}=${value}`.replaceAll(/[\\\s]/g, String.raw`\$&`)}`,
  );
  return options.length === 0 ? undefined : options.join(' ');
}

/** What PostgreSQL's programs need to get there. Goes into their environment; arguments are readable by every local user. */
export function toolEnvironment(address: DatabaseAddress, settings: SessionSettings = {}): Record<string, string> {
  const options = startupOptions(settings);
  return {
    ...(options === undefined ? {} : { PGOPTIONS: options }),
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGDATABASE: address.database,
    PGAPPNAME: 'berkut-backups',
    PGCONNECT_TIMEOUT: String(CONNECT_TIMEOUT_MS / 1000),
    ...(address.password === undefined ? {} : { PGPASSWORD: address.password }),
    ...(address.sslMode === undefined ? {} : { PGSSLMODE: address.sslMode }),
    ...(address.sslRootCert === undefined ? {} : { PGSSLROOTCERT: address.sslRootCert }),
  };
}

/**
 * Opens a connection for a long piece of work: no time limits of the role apply to it, and no `default_transaction_read_only`.
 *
 * @throws the driver's error
 */
export async function connect(
  address: DatabaseAddress,
  options: { applicationName?: string; settings?: SessionSettings } = {},
): Promise<pg.Client> {
  const startup = startupOptions(options.settings ?? {});
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    password: address.password ?? '',
    application_name: options.applicationName ?? 'berkut-backups',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ssl: await sslOptions(address),
    ...(startup === undefined ? {} : { options: startup }),
  });
  // A connection that breaks while idle is noticed by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(FOR_LONG_WORK, [[...TIME_LIMITS, 'default_transaction_read_only', 'role']]);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Opens a connection, does `work` with it, and closes it whatever happens; an abort ends the statement under way. */
export async function withConnection<T>(
  address: DatabaseAddress,
  work: (client: pg.Client) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = await connect(address);
  try {
    return await (signal === undefined ? work(client) : cancellable(address, client, work, signal));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Does `work`; when the signal aborts, the server is told to stop whatever statement the client waits for. */
export async function cancellable<T>(
  address: DatabaseAddress,
  client: pg.Client,
  work: (client: pg.Client) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  const cancel = (): void => {
    // Terminated, not canceled: a cancel that arrives between two statements would be lost.
    void withConnection(address, (other) =>
      other.query('SELECT pg_catalog.pg_terminate_backend($1)', [rows[0]?.pid]),
    ).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work(client);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** As libpq: `require` encrypts without looking at the certificate unless there is a root certificate to compare with. */
async function sslOptions(
  address: DatabaseAddress,
): Promise<false | { rejectUnauthorized: boolean; ca?: string; checkServerIdentity?: () => undefined }> {
  const { sslMode = 'prefer', sslRootCert } = address;
  if (sslMode === 'disable' || sslMode === 'allow' || sslMode === 'prefer') return false;
  const ca = sslRootCert === undefined ? {} : { ca: await readFile(sslRootCert, 'utf8') };
  if (sslMode === 'verify-full') return { rejectUnauthorized: true, ...ca };
  if (sslMode === 'verify-ca' || sslRootCert !== undefined) {
    return { rejectUnauthorized: true, ...ca, checkServerIdentity: () => undefined };
  }
  return { rejectUnauthorized: false };
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
