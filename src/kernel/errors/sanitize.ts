import { ContainerError, type ContainerFault } from '../../engine/container/format/container-error';
import { FilesError } from '../../engine/files/tar/files-error';
import { MissingRightsError } from '../../engine/postgres/dump/dump-rights';
import { UnreadableNamesError } from '../../engine/postgres/dump/unreadable-names';
import { ConnectionError } from '../../engine/postgres/server/connection-error';
import { SharedSessionsError } from '../../engine/postgres/server/pooling';
import { LockTimeoutError } from '../../engine/postgres/dump/snapshot';
import { ToolVersionError } from '../../engine/postgres/server/tools';
import { ToolError } from '../../engine/process/tool-error';
import { StorageError, type StorageFault } from '../../engine/storage/storage';
import { AppError } from './app-error';
import type { ErrorCode } from './error-table';

const CONTAINER: Record<ContainerFault, ErrorCode> = {
  not_a_container: 'backups.invalid_format',
  unsupported_version: 'backups.invalid_format',
  truncated: 'backups.invalid_format',
  trailing_data: 'backups.invalid_format',
  index_too_large: 'backups.invalid_format',
  key_not_in_ring: 'backups.decrypt_failed',
  header_tampered: 'backups.decrypt_failed',
  corrupted: 'backups.decrypt_failed',
  index_mismatch: 'backups.checksum_mismatch',
  digest_mismatch: 'backups.checksum_mismatch',
};

const STORAGE: Record<StorageFault, ErrorCode> = {
  missing: 'backups.file_missing',
  no_space: 'backups.no_space',
  unavailable: 'backups.storage_unavailable',
  exists: 'backups.internal',
  // Only a row that was changed by hand has a name that the storage does not take.
  bad_name: 'backups.file_missing',
  changed: 'backups.checksum_mismatch',
  locked: 'backups.file_locked',
};

const STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'backups.invalid_request',
  401: 'auth.unauthorized',
  403: 'backups.forbidden',
  404: 'backups.not_found',
  413: 'backups.upload_too_large',
  415: 'backups.invalid_request',
  429: 'app.rate_limited',
  503: 'backups.storage_unavailable',
};

const SYSTEM: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'backups.no_space',
  EDQUOT: 'backups.no_space',
  ECONNREFUSED: 'backups.storage_unavailable',
  ECONNRESET: 'backups.storage_unavailable',
  ENOTFOUND: 'backups.storage_unavailable',
  EAI_AGAIN: 'backups.storage_unavailable',
  EHOSTUNREACH: 'backups.storage_unavailable',
  ENETUNREACH: 'backups.storage_unavailable',
  ETIMEDOUT: 'backups.storage_unavailable',
  EPIPE: 'backups.storage_unavailable',
};

/** SQLSTATE classes of a server that is not there for us: connection exceptions, insufficient resources, operator intervention, system errors. */
const SQLSTATE_UNAVAILABLE = /^(08|53|57P|58)/;
/** SQLSTATEs that say the server is there but we may not in, or the database is gone. */
const SQLSTATE_REFUSED: ReadonlySet<string> = new Set(['28000', '28P01', '3D000', '55000']);

/** What the driver says, without any code, of a connection that is gone. */
const DRIVER_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed)/;

/**
 * Turns anything that was thrown into an error of the table. Pure, and total: what it does not know is
 * `backups.internal`, and no text of an unknown error ever gets out.
 */
export function sanitize(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  return new AppError(code, { cause: error });
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof ContainerError) return CONTAINER[error.fault];
  if (error instanceof StorageError) return STORAGE[error.fault];
  if (error instanceof ToolVersionError) return 'backups.tool_version_mismatch';
  if (error instanceof MissingRightsError) return 'backups.missing_rights';
  if (error instanceof UnreadableNamesError) return 'backups.unreadable_names';
  if (error instanceof SharedSessionsError) return 'backups.shared_sessions';
  if (error instanceof LockTimeoutError) return 'backups.concurrent_operation';
  if (error instanceof ToolError) return 'backups.pg_dump_failed';
  if (error instanceof FilesError) return 'backups.files_failed';
  // Whatever is in the way: certificates and passwords have no code of their own.
  if (error instanceof ConnectionError) return 'backups.storage_unavailable';
  return codeOfForeign(error);
}

/** Errors of libraries and of the system are known by what they carry: classes of theirs come in several copies. */
function codeOfForeign(error: unknown): ErrorCode {
  if (typeof error !== 'object' || error === null) return 'backups.internal';
  const { code, driverError, message, name, status, statusCode } = error as Readonly<Record<string, unknown>>;
  if (typeof driverError === 'object' && driverError !== null && driverError !== error)
    return codeOfForeign(driverError);
  if (typeof code === 'string') {
    const known = SYSTEM[code];
    if (known !== undefined) return known;
    if (SQLSTATE_UNAVAILABLE.test(code) || SQLSTATE_REFUSED.has(code)) return 'backups.storage_unavailable';
  }
  if (typeof message === 'string' && DRIVER_CONNECTION.test(message)) return 'backups.storage_unavailable';
  if (name === 'AggregateError') return codeOfForeign((error as { errors?: unknown[] }).errors?.[0]);
  return STATUS[Number(status ?? statusCode ?? statusOf(error))] ?? 'backups.internal';
}

/** Nest's own exceptions. */
function statusOf(error: object): unknown {
  return 'getStatus' in error && typeof error.getStatus === 'function'
    ? (error.getStatus as () => unknown)()
    : undefined;
}
