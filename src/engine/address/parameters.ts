import { DatabaseUrlError } from './database-address';

/** Parameters of a connection by libpq's names, and the environment variables that stand in for them. */
const VARIABLES = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  dbname: 'PGDATABASE',
  service: 'PGSERVICE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslsni: 'PGSSLSNI',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
  gssencmode: 'PGGSSENCMODE',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
} as const;

/** A parameter that we know. */
export type Parameter = keyof typeof VARIABLES;
export type Parameters = ReadonlyMap<Parameter, string>;

/** What decides beside a URL: variables by name, and the directory where libpq looks for its files. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home?: string | undefined;
}

/** Why a parameter of libpq is refused, where that is not obvious. */
const REFUSED: Readonly<Record<string, string>> = {
  sslpassword: 'keep the key without a passphrase, in a file that only the service can read',
};

/** Parameters that no connection of ours keeps, by the variables that stand in for them. */
const REFUSED_VARIABLES = {
  PGREQUIREAUTH: 'require_auth',
  PGSSLCRLDIR: 'sslcrldir',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLCERTMODE: 'sslcertmode',
} as const;

/** @throws DatabaseUrlError when it is one that we would silently ignore */
export function parameterOf(name: string): Parameter {
  if (isParameter(name)) return name;
  const instead = REFUSED[name];
  throw new DatabaseUrlError(
    `the parameter ${JSON.stringify(name)} is not supported${instead === undefined ? '' : `: ${instead}`}`,
  );
}

function isParameter(name: string): name is Parameter {
  return Object.hasOwn(VARIABLES, name);
}

/**
 * What the environment says; an empty variable says nothing, as for libpq.
 *
 * @throws DatabaseUrlError when it has one that we would silently ignore
 */
export function environmentParameters({ environment }: Surroundings): Parameters {
  for (const [variable, name] of Object.entries(REFUSED_VARIABLES)) {
    if ((environment[variable] ?? '') !== '') parameterOf(name);
  }
  const found = new Map<Parameter, string>();
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const value = environment[variable] ?? '';
    if (value !== '' && isParameter(name)) found.set(name, value);
  }
  return found;
}
