import pg from 'pg';
import { ToolError } from '../../engine/process/tool-error';
import { StorageError } from '../../engine/storage/storage';
import { safeText } from './safe-text';

/** Why something failed, for an administrator: safe to show, yet more than the public sentence of the code. */
export interface Cause {
  /** What the server or the program said; without values, paths, addresses and passwords. */
  readonly message?: string;
  /** The program that said it. */
  readonly tool?: string;
  readonly sqlstate?: string;
  /** The system's name of the error: `ENOSPC` and the like. */
  readonly errno?: string;
  /** What could not be used. */
  readonly where?: 'target server' | 'control database' | 'storage directory';
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  /** The columns of the key that was there twice or not at all. */
  readonly key?: string;
}

/** The chain of causes is followed so far. */
const DEPTH = 8;

/** @returns `undefined` for an error of our own, whose sentence says all there is to say */
export function causeOf(error: unknown): Cause | undefined {
  for (let one = error, i = 0; i < DEPTH && typeof one === 'object' && one !== null; i += 1) {
    const cause = causeOfOne(one);
    if (cause !== undefined) return cause;
    one = inner(one);
  }
  return undefined;
}

/** The cause as one sentence, for logs and notices. */
export function causeInWords({ message, tool, sqlstate, errno, where, schema, table, constraint }: Cause): string {
  const object = [schema, table].filter((part) => part !== undefined).join('.');
  return [
    ...(where === undefined ? [] : [where]),
    ...(tool === undefined ? [] : [tool]),
    ...(message === undefined ? [] : [message]),
    ...(object === '' ? [] : [`table ${object}`]),
    ...(constraint === undefined ? [] : [`constraint ${constraint}`]),
    ...(sqlstate === undefined ? [] : [`SQLSTATE ${sqlstate}`]),
    ...(errno === undefined ? [] : [errno]),
  ].join(', ');
}

function inner(error: object): unknown {
  if ('driverError' in error && error.driverError !== error) return error.driverError;
  if (error instanceof AggregateError) return error.errors[0];
  return 'cause' in error ? error.cause : undefined;
}

function causeOfOne(error: object): Cause | undefined {
  if (error instanceof pg.DatabaseError) return causeOfServer(error);
  if (error instanceof ToolError) return causeOfTool(error);
  if (error instanceof StorageError) {
    const errno = errnoOf(error.cause);
    return { where: 'storage directory', ...(errno === undefined ? {} : { errno }) };
  }
  const errno = errnoOf(error);
  if (errno === undefined) return undefined;
  // What the network says is said of a server; everything else here is about files.
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
    ? { where: 'target server', errno }
    : { errno };
}

function causeOfServer(error: pg.DatabaseError): Cause {
  const { code, schema, table, column, constraint, detail } = error;
  const raisedBy = raisingFunction(error.where);
  // DETAIL of a key that is there twice has its values, too.
  const key = /^Key (\([^()]*\))=/.exec(detail ?? '')?.[1];
  return {
    message: raisedBy === undefined ? safeText(error.message) : raised(raisedBy),
    ...(code === undefined ? {} : { sqlstate: code }),
    ...(schema === undefined ? {} : { schema }),
    ...(table === undefined ? {} : { table }),
    ...(column === undefined ? {} : { column }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(key === undefined ? {} : { key }),
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
