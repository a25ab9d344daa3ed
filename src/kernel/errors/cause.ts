import pg from 'pg';
import { FilesError } from '../../engine/files/tar/files-error';
import { MissingRightsError } from '../../engine/postgres/dump/dump-rights';
import { UnreadableNamesError } from '../../engine/postgres/dump/unreadable-names';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import { SharedSessionsError } from '../../engine/postgres/server/pooling';
import { LockTimeoutError } from '../../engine/postgres/dump/snapshot';
import { ToolVersionError } from '../../engine/postgres/server/tools';
import { ToolError } from '../../engine/process/tool-error';
import { StorageError } from '../../engine/storage/storage';
import { safeText } from './safe-text';

/** Why something failed, for an administrator: safe to show, yet more than the public sentence of the code. */
export interface Cause {
  /** What the server or the program said; without values, paths, addresses and passwords. */
  readonly message?: string | undefined;
  /** The program that said it. */
  readonly tool?: string | undefined;
  readonly sqlstate?: string | undefined;
  /** The system's name of the error: `ENOSPC` and the like. */
  readonly errno?: string | undefined;
  /** What could not be used. */
  readonly where?:
    'target server' | 'control database' | 'storage directory' | 'storage' | 'application files' | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  /** The columns of the key that was there twice or not at all. */
  readonly key?: string | undefined;
  /** Statements that give the role what it lacks; the owner of the objects or a superuser may run them. */
  readonly remedies?: readonly string[] | undefined;
}

/** A failure whose cause was found when it was recorded, and is all that is left of it. */
export class RecordedCauseError extends Error {
  override readonly name = 'RecordedCauseError';

  constructor(readonly recorded: Cause) {
    super(causeInWords(recorded));
  }
}

/** The chain of causes is followed so far. */
const DEPTH = 8;
const OBJECTS_SHOWN = 20;

/** @returns `undefined` for an error of our own whose code says all there is to say */
export function causeOf(error: unknown): Cause | undefined {
  for (let one = error, i = 0; i < DEPTH && typeof one === 'object' && one !== null; i += 1) {
    const cause = causeOfOne(one);
    if (cause !== undefined) return cause;
    one = inner(one);
  }
  return undefined;
}

/** The cause as one sentence, for logs and notices. */
export function causeInWords(cause: Cause): string {
  const { message, tool, sqlstate, errno, where, schema, table, constraint, remedies = [] } = cause;
  const object = [schema, table].filter((part) => part !== undefined).join('.');
  return [
    ...(where === undefined ? [] : [where]),
    ...(tool === undefined ? [] : [tool]),
    ...(message === undefined ? [] : [message]),
    ...(object === '' ? [] : [`table ${object}`]),
    ...(constraint === undefined ? [] : [`constraint ${constraint}`]),
    ...(sqlstate === undefined ? [] : [`SQLSTATE ${sqlstate}`]),
    ...(errno === undefined ? [] : [errno]),
    ...(remedies.length === 0 ? [] : [`what helps: ${remedies.join('; ')}`]),
  ].join(', ');
}

function inner(error: object): unknown {
  if ('driverError' in error && error.driverError !== error) return error.driverError;
  if (error instanceof AggregateError) return error.errors[0];
  return 'cause' in error ? error.cause : undefined;
}

function causeOfOne(error: object): Cause | undefined {
  if (error instanceof RecordedCauseError) return error.recorded;
  if (error instanceof MissingRightsError) return causeOfMissingRights(error);
  if (error instanceof UnreadableNamesError) return { message: error.message, remedies: ['ALTER … RENAME TO …'] };
  // What these say is our own sentence, and names versions at most.
  if (error instanceof ToolVersionError || error instanceof SharedSessionsError || error instanceof LockTimeoutError)
    return { message: error.message };
  if (error instanceof FilesError) {
    return { where: 'application files', message: error.message, errno: errnoOf(error.cause) };
  }
  // Its own message names hosts; what the server or the system has said does not.
  if (error instanceof ConnectionError) {
    return { ...causeOf(error.cause), where: error.purpose ?? 'target server' };
  }
  if (error instanceof pg.DatabaseError) return causeOfServer(error);
  if (error instanceof ToolError) return causeOfTool(error);
  if (error instanceof StorageError) {
    // Its sentences are our own, and name no host and no bucket.
    if (error.said !== undefined) return { where: 'storage', message: error.said };
    return { where: 'storage directory', errno: errnoOf(error.cause) };
  }
  const errno = errnoOf(error);
  return errno === undefined ? undefined : { errno };
}

/** The first of what cannot be read: of thousands of tables each looks the same. */
function causeOfMissingRights({ unreadable }: MissingRightsError): Cause {
  const shown = unreadable.slice(0, OBJECTS_SHOWN);
  const more = unreadable.length - shown.length;
  const objects = [...shown.map(({ object }) => object), ...(more === 0 ? [] : [`${more} more`])].join(', ');
  return { message: `the role may not read ${objects}`, remedies: shown.map(({ remedy }) => remedy) };
}

function causeOfServer(error: pg.DatabaseError): Cause {
  const { code, schema, table, column, constraint, detail } = error;
  const raisedBy = raisingFunction(error.where);
  // DETAIL of a key that is there twice has its values, too.
  const key = /^Key (\([^()]*\))=/.exec(detail ?? '')?.[1];
  return {
    message: raisedBy === undefined ? safeText(error.message) : raised(raisedBy),
    sqlstate: code,
    schema,
    table,
    column,
    constraint,
    key,
  };
}

/** The first line that reports an error; later ones hold statements and rows. */
function causeOfTool({ tool, stderrTail, message }: ToolError): Cause {
  const lines = stderrTail.split('\n');
  const at = lines.findIndex((line) => /\b(error|ERROR|FATAL|PANIC|fatal)\b/.test(line));
  const line = lines[at];
  if (line === undefined) return { tool, message: safeText(message) };
  const context = lines.slice(at + 1).find((next) => next.startsWith('CONTEXT:'));
  const raisedBy = raisingFunction(context);
  const said = line.replace(/^[\w./-]+: (?:error|fatal): /, '');
  return { tool, message: raisedBy === undefined ? safeText(said) : raised(raisedBy) };
}

/** What a function of the database says in its own words may be anything, rows included. */
function raisingFunction(context: string | undefined): string | undefined {
  return /PL\/\w+ function ([\w."$]+)\([^)\n]*\) line \d+ at RAISE/.exec(context ?? '')?.[1];
}

function raised(name: string): string {
  return `the function ${name} of the database raised an error`;
}

function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^E[A-Z0-9_]+$/.test(error.code) ? error.code : undefined;
}
