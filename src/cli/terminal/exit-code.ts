import { CommanderError } from 'commander';
import { refusalInWords } from './refusal-in-words';
import { ApiError, UnreachableError } from './service-error';
import { FilesError } from '../../engine/files/tar/files-error';
import { ContainerError } from '../../engine/container/format/container-error';
import { OperatorKeyError } from '../../engine/container/keys/operator-key';
import { DatabaseUrlError } from '../../engine/address/database-address';
import { TableChoiceError } from '../../engine/postgres/extract/table-choice';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { ToolVersionError } from '../../engine/postgres/server/tools';
import { ToolError } from '../../engine/process/tool-error';
import { S3UrlError } from '../../engine/storage/s3/s3-place';
import { StorageError } from '../../engine/storage/storage';
import { ConfigError } from '../../kernel/config/config-error';
import { systemErrorInWords } from './system-error';
import { DatabaseError } from 'pg';

/** What `bscc` ends with; documented in docs/bscc.md, and stable. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  key: 3,
  damaged: 4,
  database: 5,
  problems: 6,
  interrupted: 130,
  closed: 141,
} as const;

/** What each code means, for help and manual. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failed: 'a file that cannot be read or written, what the service refuses, or anything else',
  usage: 'the command makes no sense as it was given, or something is in the way',
  key: 'no key, one that is none, or not the one the file needs',
  damaged: 'no backup, or not what was written',
  database: 'the server, a right, a tool of PostgreSQL, or rows that are not as many as before',
  problems: 'doctor has found problems, or the configuration is wrong',
  interrupted: 'it was ended from outside; what it had begun is taken back',
  closed: 'the program that reads the extracted bytes has ended before all of them were written',
};

/** The command was used in a way that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** There is no key, or none that was asked for. */
export class NoKeyError extends Error {
  override readonly name = 'NoKeyError';
}

/** The command was ended from outside and has taken back what it had begun. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  constructor() {
    super('interrupted');
  }
}

/** The program that reads standard output wants no more of it. This is not an error to report. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
  constructor() {
    super('nothing reads standard output any more');
  }
}

/** A failure in a word for scripts, a sentence for people, and the code to end with. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  /** Where a file is broken, or what of a database differs. */
  readonly details?: object | undefined;
  /** Those who should know have been told already, or want to know nothing. */
  readonly isTold?: boolean;
}

/** Sorts whatever was thrown. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : 'failed';
  if (error instanceof CommanderError) {
    // It has said what is wrong with the arguments, or what was asked for.
    return { code: 'usage', message, exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage, isTold: true };
  }
  if (error instanceof ClosedError) return { code: 'closed', message, exitCode: EXIT.closed, isTold: true };
  if (error instanceof UsageError || error instanceof DatabaseUrlError || error instanceof TableChoiceError) {
    return { code: 'usage', message, exitCode: EXIT.usage };
  }
  if (error instanceof NoKeyError || error instanceof OperatorKeyError) {
    return { code: 'no_key', message, exitCode: EXIT.key };
  }
  if (error instanceof ContainerError) {
    const exitCode = error.fault === 'key_not_in_ring' ? EXIT.key : EXIT.damaged;
    return { code: error.fault, message: withPlace(error), exitCode, details: snakeCased(error.details) };
  }
  if (error instanceof StorageError) {
    const words = error.fault === 'missing' ? 'there is no such file in the storage' : message;
    return { code: `storage_${error.fault}`, message: error.said ?? words, exitCode: EXIT.failed };
  }
  if (error instanceof S3UrlError) return { code: 'usage', message: `the address ${message}`, exitCode: EXIT.usage };
  if (error instanceof ToolError) {
    const said = error.stderrTail.trim();
    return { code: 'tool_failed', message: said === '' ? message : `${message}: ${said}`, exitCode: EXIT.database };
  }
  if (error instanceof InterruptedError) return { code: 'interrupted', message, exitCode: EXIT.interrupted };
  if (error instanceof RestoreError) {
    return { code: error.fault, message: withTables(error), exitCode: EXIT.database, details: error.details };
  }
  if (error instanceof ToolVersionError || error instanceof ConnectionError || error instanceof DatabaseError) {
    return { code: 'database', message, exitCode: EXIT.database };
  }
  if (error instanceof ApiError) {
    const { code, details } = error;
    return {
      code,
      message: refusalInWords(error),
      exitCode: EXIT.failed,
      details,
    };
  }
  if (error instanceof UnreachableError) return { code: 'unreachable', message, exitCode: EXIT.failed };
  if (error instanceof ConfigError) return { code: 'configuration', message, exitCode: EXIT.problems };
  if (isLostConnection(error)) {
    return { code: 'database', message: 'the connection to the database server is lost', exitCode: EXIT.database };
  }
  return { code: 'failed', message: inWords(error) ?? message, exitCode: EXIT.failed };
}

/** What an error of files says, with why the system has refused. */
function inWords(error: unknown): string | undefined {
  if (!(error instanceof FilesError)) return systemErrorInWords(error);
  const why = systemErrorInWords(error.cause);
  return [
    error.message.replace(/\.$/, ''),
    ...(error.entry === undefined ? [] : [error.entry]),
    ...(why === undefined ? [] : [why]),
  ].join(': ');
}

function withPlace({ message, details: { neededKeyId, presentKeyIds, offset } }: ContainerError): string {
  if (neededKeyId !== undefined) return `${message} The ring has ${(presentKeyIds ?? []).join(', ')}.`;
  return offset === undefined ? message : `${message} (at byte ${offset})`;
}

function withTables({ message, details: { tables, table_count: count } }: RestoreError): string {
  if (!Array.isArray(tables)) return message;
  return `${message} ${String(count)} tables: ${tables.join(', ')}${tables.length === count ? '' : ', …'}`;
}

/** As everything else that programs read. */
function snakeCased(details: object): object {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]: [string, unknown]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

/** In the middle of the work; a connection that has not come about is another error. */
function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ETIMEDOUT' || /^Connection terminated/.test(error.message);
}
