/** How TLS is used towards a server, in libpq's words. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** One server of an address. */
interface ServerPlace {
  /** Host name, IP address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Where a database is and who we are there: the one form in which every connection and every program gets it. */
export interface DatabaseAddress {
  /** Tried in this order. */
  readonly places: readonly [ServerPlace, ...ServerPlace[]];
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

/** Another database of the same server. */
export function withDatabase(address: DatabaseAddress, database: string): DatabaseAddress {
  return { ...address, database };
}
