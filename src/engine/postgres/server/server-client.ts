import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { DatabaseAddress, ServerPlace } from '../../address/database-address';
import { APPLICATION_NAME, CONNECT_TIMEOUT_S, type SessionSettings, startupOptions } from '../../address/write-address';
import { type Attempt, attemptsFor, goesOn } from './connection-attempts';
import { ConnectionError } from './connection-error';
import { sessionProblem } from './session-attributes';
import { tlsOptions } from './tls';
import { hasNoTls, isTlsRefusal, noteTlsRefusal } from './tls-refusals';

/** How one connection differs from others to the same address. */
export interface ClientOptions {
  readonly address: DatabaseAddress;
  readonly applicationName?: string;
  readonly settings?: SessionSettings;
  /** Makes the socket of a connection that is not encrypted. */
  readonly socket?: () => Socket;
}

/** The server wants what we do not have, or does not do what the address demands. */
class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
}

/** What the driver knows of a connection that is coming about; between two attempts it is put back. */
interface DriverState {
  connection: pg.Connection;
  ssl: boolean | ConnectionOptions;
  enableChannelBinding: boolean;
  host: string;
  port: number;
  _connecting: boolean;
  _connected: boolean;
  _connectionError: boolean;
  _ending: boolean;
  _ended: boolean;
  _queryable: boolean;
}

/**
 * A client that finds its server as libpq does: one host after the other, with and without TLS as `sslmode` says, until one
 * lets us in and is of the kind that `target_session_attrs` asks for. The driver knows a single host and TLS that is on or
 * off; this class gives it a new connection for each attempt, which pools and all other code see as one.
 */
export class ServerClient extends pg.Client {
  /** The server that has let us in. */
  place: ServerPlace;
  private hasAuthenticated = false;

  constructor(private readonly options: ClientOptions) {
    const { address, applicationName, settings } = options;
    const startup = startupOptions(address, settings);
    super({
      host: address.places[0].host,
      port: address.places[0].port,
      user: address.user,
      database: address.database,
      // A function, or the driver would look into a password file of its own accord.
      password: () => {
        if (address.password !== undefined) return address.password;
        throw new AuthenticationError('the server asks for a password, and there is none');
      },
      application_name: applicationName ?? address.applicationName ?? APPLICATION_NAME,
      connectionTimeoutMillis: (address.connectTimeoutS ?? CONNECT_TIMEOUT_S) * 1000,
      keepAlive: true,
      ssl: false,
      options: startup,
    });
    this.place = address.places[0];
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error | null, client?: pg.Client) => void): void;
  override connect(callback?: (error: Error | null, client?: pg.Client) => void): Promise<pg.Client> | void {
    const opened = this.open();
    if (callback === undefined) return opened;
    opened.then(
      () => callback(null, this),
      (error: unknown) => callback(Error.isError(error) ? error : new Error('no connection', { cause: error })),
    );
  }

  /** The address of the server that has let us in, for others that have to get to the same one. */
  get ownAddress(): DatabaseAddress {
    const { address } = this.options;
    if (address.places.length === 1) return address;
    const { sessionAttributes: _, ...rest } = address;
    return { ...rest, places: [this.place] };
  }

  private async open(): Promise<pg.Client> {
    const { address } = this.options;
    const failures: unknown[] = [];
    let next: Attempt | undefined;
    const attempts = attemptsFor(address, hasNoTls);
    while ((next = attempts.shift()) !== undefined) {
      const attempt = next;
      try {
        await this.attempt(attempt);
        return this;
      } catch (error) {
        failures.push(error);
        if (attempt.isEncrypted) noteTlsRefusal(attempt.place, error);
        const rest = goesOn(attempts, { attempt, error, hasAuthenticated: this.hasAuthenticated });
        attempts.splice(0, attempts.length, ...rest);
      }
    }
    throw new ConnectionError(address, tellingOf(failures));
  }

  private async attempt({ place, isEncrypted, attributes }: Attempt): Promise<void> {
    const { address } = this.options;
    const { channelBinding = 'prefer' } = address;
    const ssl = isEncrypted ? await tlsOptions(address, place) : false;
    this.place = place;
    this.hasAuthenticated = false;
    const { socket } = this.options;
    const own = isEncrypted || socket === undefined ? {} : { stream: socket };
    const connection = new pg.Connection({ ssl, keepAlive: true, ...own });
    connection.once('authenticationOk', () => (this.hasAuthenticated = true));
    if (channelBinding === 'require') demandChannelBinding(connection);
    // Listeners of this client hear nothing of the connection of an attempt before.
    this.connection.removeAllListeners();
    this.become({
      connection,
      ssl,
      enableChannelBinding: isEncrypted && channelBinding !== 'disable',
      host: place.hostAddress ?? place.host,
      port: place.port,
      _connecting: false,
      _connected: false,
      _connectionError: false,
      _ending: false,
      _ended: false,
      _queryable: true,
    });
    try {
      await super.connect();
      const problem = await sessionProblem(this, attributes);
      if (problem !== undefined) throw problem;
    } catch (error) {
      this.abandon(connection);
      throw error;
    }
  }

  private abandon(connection: pg.Connection): void {
    connection.removeAllListeners();
    connection.on('error', () => undefined);
    if (this.hasAuthenticated) connection.end();
    else connection.stream.destroy();
    this.become({ _ended: true });
  }

  /** These fields of the driver are its own affair; its version is pinned, and tests go through every kind of attempt. */
  private become(state: Partial<DriverState>): void {
    Object.assign(this, state);
  }
}

/** `channel_binding=require`: no way of proving who we are counts but the one that proves who the server is, too. */
function demandChannelBinding(connection: pg.Connection): void {
  let isBound = false;
  const refuse = (): void => {
    connection.stream.destroy(
      new AuthenticationError('the server does not do channel binding, which channel_binding asks for'),
    );
  };
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isBound = mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (!isBound) refuse();
  });
  connection.on('authenticationCleartextPassword', refuse);
  connection.on('authenticationMD5Password', refuse);
  connection.on('authenticationOk', () => {
    if (!isBound) refuse();
  });
}

/**
 * What a server said tells more than that another attempt did not get through to it, and how an attempt without TLS ended more than that
 * there is no TLS, whichever of them was the first.
 */
function tellingOf(failures: readonly unknown[]): unknown {
  const said = failures.filter((error) => error instanceof pg.DatabaseError && error.code !== '28000');
  return (
    said[0] ??
    failures.findLast((error) => error instanceof pg.DatabaseError) ??
    failures.findLast((error) => !isTlsRefusal(error)) ??
    failures.at(-1)
  );
}
