/** How TLS is used towards a server, in libpq's words, weakest first. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Which server of several is wanted, in libpq's words. */
export const SESSION_ATTRIBUTES = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type SessionAttributes = (typeof SESSION_ATTRIBUTES)[number];

/** Whether the proof of the password also proves that the connection ends at the server itself. */
export const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'] as const;
type ChannelBinding = (typeof CHANNEL_BINDINGS)[number];

export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
type TlsVersion = (typeof TLS_VERSIONS)[number];

/** One server of an address. */
export interface ServerPlace {
  /** Host name, IP address, or the directory of a Unix socket. */
  readonly host: string;
  /** Where the host is, for those who do not want to ask the name service. */
  readonly hostAddress?: string;
  readonly port: number;
}

/** The rest of what libpq knows about TLS. Paths name PEM files; whether they are there is found out when connecting. */
export interface TlsFiles {
  /** Authorities that may have signed the server's certificate, or `system` for those of this machine. */
  readonly rootCert?: string;
  readonly revoked?: string;
  /** What we show to the server. */
  readonly cert?: string;
  readonly key?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** False: the name of the host is not sent. */
  readonly sendsName?: boolean;
}

/** Where a database is and who we are there: the one form in which every connection and every program gets it. */
export interface DatabaseAddress {
  /** Tried in this order. */
  readonly places: readonly [ServerPlace, ...ServerPlace[]];
  /** The order is drawn anew for each connection. */
  readonly isShuffled?: boolean;
  readonly user: string;
  readonly password?: string;
  /** A password file that had nothing for us, or was not there: for PostgreSQL's programs. */
  readonly passwordFile?: string;
  readonly database: string;
  readonly sslMode: SslMode;
  readonly tls: TlsFiles;
  readonly channelBinding?: ChannelBinding;
  /** How long one server may take to let us in, seconds; 0 for ever. */
  readonly connectTimeoutS?: number;
  readonly sessionAttributes?: SessionAttributes;
  /** Settings of every session, as on the server's command line. */
  readonly options?: string;
  readonly applicationName?: string;
  /** What is behind it, for those who are told that it cannot be reached; without it, the target's server. */
  readonly purpose?: 'control database';
}

/** A database URL that cannot be used. Never contains the URL, which may hold a password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
}

/** Another database of the same server. */
export function withDatabase(address: DatabaseAddress, database: string): DatabaseAddress {
  return { ...address, database };
}
