import pg from 'pg';
import type { DatabaseAddress, ServerPlace, SessionAttributes, SslMode } from '../../address/database-address';

/** One way to a server. */
export interface Attempt {
  readonly place: ServerPlace;
  readonly isEncrypted: boolean;
  /** What the server has to be. */
  readonly attributes: SessionAttributes;
}

/** `cannot_connect_now`: it starts, stops or recovers. */
const CANNOT_CONNECT_NOW = '57P03';

/** A server that is not what `target_session_attrs` asks for. */
export class WrongServerError extends Error {
  override readonly name = 'WrongServerError';
}

/**
 * Every way that libpq would try, in its order.
 *
 * @param hasNoTls tells of servers that said so a moment ago: `prefer` asks them without TLS first. libpq goes on over the same
 *   connection, and the driver needs another one, for which the server starts a process each time
 */
export function attemptsFor(address: DatabaseAddress, hasNoTls: (place: ServerPlace) => boolean): Attempt[] {
  const { sessionAttributes = 'any', isShuffled, sslMode } = address;
  const places = isShuffled === true ? shuffled(address.places) : address.places;
  // A standby if there is one, anything otherwise.
  const rounds: readonly SessionAttributes[] =
    sessionAttributes === 'prefer-standby' ? ['standby', 'any'] : [sessionAttributes];
  return rounds.flatMap((attributes) =>
    places.flatMap((place) => {
      const mode = sslMode === 'prefer' && hasNoTls(place) ? 'allow' : sslMode;
      return encryptionsOf(mode, place).map((isEncrypted) => ({ place, isEncrypted, attributes }));
    }),
  );
}

/** There is no TLS on a socket, whatever the mode. */
function encryptionsOf(mode: SslMode, { host }: ServerPlace): readonly boolean[] {
  if (host.startsWith('/') || mode === 'disable') return [false];
  if (mode === 'allow') return [false, true];
  return mode === 'prefer' ? [true, false] : [true];
}

/**
 * What is left to try after a failure: the other way to the same server when this one was refused before we were let in, the
 * next server when this one was not there or is of the wrong kind, and nothing when the server does not want us.
 */
export function goesOn(
  rest: readonly Attempt[],
  { attempt, error, hasAuthenticated }: { attempt: Attempt; error: unknown; hasAuthenticated: boolean },
): readonly Attempt[] {
  const elsewhere = rest.filter((next) => next.place !== attempt.place || next.attributes !== attempt.attributes);
  if (error instanceof WrongServerError || isUnreachable(error)) return elsewhere;
  const other = hasAuthenticated ? undefined : rest.find((next) => !elsewhere.includes(next));
  if (other !== undefined) return [other, ...elsewhere];
  return error instanceof pg.DatabaseError && error.code === CANNOT_CONNECT_NOW ? elsewhere : [];
}

/** Not there at all, as opposed to: there, and ended the conversation. */
function isUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  // All addresses of a host in one.
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.every(isUnreachable);
  if ('message' in error && error.message === 'timeout expired') return true;
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo');
}

function shuffled(places: readonly ServerPlace[]): ServerPlace[] {
  return places
    .map((place) => ({ place, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ place }) => place);
}
