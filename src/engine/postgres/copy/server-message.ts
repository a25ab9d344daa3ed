import pg from 'pg';

/** The server says something that has no place where it is said. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** The letter that a message begins with (PostgreSQL, "Message Formats"). */
export const LETTER = {
  copyData: 'd'.charCodeAt(0),
  copyDone: 'c'.charCodeAt(0),
  copyOut: 'H'.charCodeAt(0),
  copyIn: 'G'.charCodeAt(0),
  commandComplete: 'C'.charCodeAt(0),
  ready: 'Z'.charCodeAt(0),
  error: 'E'.charCodeAt(0),
  notice: 'N'.charCodeAt(0),
  parameter: 'S'.charCodeAt(0),
  notification: 'A'.charCodeAt(0),
} as const;

/** Messages that may come at any time and mean nothing to a copy. */
export function isAside(letter: number): boolean {
  return letter === LETTER.notice || letter === LETTER.parameter || letter === LETTER.notification;
}

/** The rows that a command tag counts. */
export function rowsIn(commandComplete: Buffer): number {
  const tag = commandComplete.toString('latin1').replace(/\0$/, '');
  const rows = /^COPY (\d+)$/.exec(tag)?.[1];
  if (rows === undefined) throw new ProtocolError('the server does not say how many rows it has copied');
  return Number(rows);
}

type TextField = Extract<
  keyof pg.DatabaseError,
  | ('severity' | 'code' | 'detail' | 'hint' | 'position' | 'internalPosition' | 'internalQuery' | 'where' | 'schema')
  | ('table' | 'column' | 'dataType' | 'constraint' | 'file' | 'line' | 'routine')
>;

const FIELDS: Readonly<Record<string, TextField>> = {
  S: 'severity',
  C: 'code',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internalPosition',
  q: 'internalQuery',
  W: 'where',
  s: 'schema',
  t: 'table',
  c: 'column',
  d: 'dataType',
  n: 'constraint',
  F: 'file',
  L: 'line',
  R: 'routine',
};

/** An error of the server as the driver has it. */
export function errorIn(message: Buffer): pg.DatabaseError {
  const fields = message
    .toString('utf8')
    .split('\0')
    .filter((field) => field !== '');
  const said = fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'the server has reported an error';
  const error = new pg.DatabaseError(said, message.length, 'error');
  for (const field of fields) {
    const name = FIELDS[field.charAt(0)];
    if (name !== undefined) error[name] = field.slice(1);
  }
  return error;
}
