import pg from 'pg';
import type { DatabaseAddress, ServerPlace } from '../../address/database-address';

/** SQLSTATE of a server that lets us in and does not have the database. */
export const NO_SUCH_DATABASE = '3D000';

/**
 * No connection came about. The message is for administrators and names hosts, ports and the database, so it goes to terminals
 * and logs, never into an answer; it has no password, for none is in what it is made of.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** SQLSTATE, or the system's name of the error. */
  readonly code: string | undefined;
  readonly purpose: DatabaseAddress['purpose'];

  /** @param cause what the driver, the server or the system has said */
  constructor({ database, places, purpose }: DatabaseAddress, cause: unknown) {
    const where = places.map(placeInWords).join(', ');
    super(`the database ${JSON.stringify(database)} on ${where} cannot be reached: ${reasonInWords(cause)}`, { cause });
    this.code = codeOf(firstOf(cause));
    this.purpose = purpose;
  }
}

/** What a server has said, while it let us in or later. */
export function serverErrorOf(error: unknown): pg.DatabaseError | undefined {
  const said = error instanceof ConnectionError ? error.cause : error;
  return said instanceof pg.DatabaseError ? said : undefined;
}

function placeInWords({ host, hostAddress, port }: ServerPlace): string {
  if (host.startsWith('/')) return `${host}/.s.PGSQL.${port}`;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return hostAddress === undefined || hostAddress === host ? place : `${place} (${hostAddress})`;
}

/** What the system says in one word. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use the socket',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'no server listens there',
  ECONNRESET: 'the server has closed the connection',
  EHOSTUNREACH: 'no way leads to the host',
  ENETUNREACH: 'no way leads to the host',
  ENOENT: 'no server has a socket there',
  ENOTFOUND: 'the name service does not know the host',
  ETIMEDOUT: 'the server does not answer',
};

function reasonInWords(cause: unknown): string {
  const error = firstOf(cause);
  const said = error instanceof Error ? error.message : 'no answer';
  const code = codeOf(error);
  if (code === undefined) return uncoded(said);
  return `${coded(code, said)} (${code})`;
}

function uncoded(said: string): string {
  if (said === 'timeout expired') return 'the server does not answer in time';
  return /does not support SSL/.test(said) ? 'the server does not do TLS, which sslmode asks for' : said;
}

function coded(code: string, said: string): string {
  if (code === '28P01') return 'the server refuses the user or the password';
  if (/pg_hba\.conf (entry|rejects).*no encryption/.test(said)) {
    return 'the server takes no connection without TLS; sslmode=require or stronger helps';
  }
  if (/pg_hba\.conf (entry|rejects)/.test(said)) {
    return 'the server refuses the user or the password; pg_hba.conf does not let in this role, database and address';
  }
  if (code === '28000') return 'the server refuses the user or the password';
  if (code === 'CERT_HAS_EXPIRED') return 'the certificate of the server has expired';
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|SIGNATURE/.test(code)) {
    return 'the certificate of the server is not signed by an authority of sslrootcert';
  }
  return SYSTEM[code] ?? said;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A host with several addresses has an error for each. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors[0] : error;
}
