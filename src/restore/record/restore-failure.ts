import { ContainerError, type ContainerFault } from '../../engine/container/format/container-error';
import { serverErrorOf } from '../../engine/postgres/server/connection-error';
import { RestoreError } from '../../engine/postgres/server/restore-error';
import { ToolError } from '../../engine/process/tool-error';
import type { ErrorCode } from '../../kernel/errors/error-table';
import { type Cause, causeOf } from '../../kernel/errors/cause';
import { sanitize } from '../../kernel/errors/sanitize';

/** How a failed run is recorded. */
export interface RestoreFailure {
  code: ErrorCode;
  /** What was wrong, safe to show; without it the code's own sentence. */
  sentence?: string | undefined;
  details?: Record<string, unknown>;
  /** What the server or a program said, for those who may restore. */
  cause?: Cause | undefined;
}

const CONTAINER_CODES: Record<ContainerFault, ErrorCode> = {
  not_a_container: 'backups.restore.incompatible_version',
  unsupported_version: 'backups.restore.incompatible_version',
  key_not_in_ring: 'backups.restore.decrypt_failed',
  header_tampered: 'backups.restore.decrypt_failed',
  truncated: 'backups.restore.decrypt_failed',
  corrupted: 'backups.restore.decrypt_failed',
  trailing_data: 'backups.restore.decrypt_failed',
  index_mismatch: 'backups.restore.checksum_mismatch',
  digest_mismatch: 'backups.restore.checksum_mismatch',
  index_too_large: 'backups.restore.incompatible_version',
};

const DISK_FULL = '53100';
/** Integrity constraint violations. */
const CONSTRAINT_CLASS = '23';
/** A lock was not to be had in time, or not at all: `lock_not_available`, `deadlock_detected`. */
const LOCKS: ReadonlySet<string> = new Set(['55P03', '40P01']);
const SENTENCES: Readonly<Record<string, string>> = {
  '42501': 'The restoring role lacks a right; the target is as it was.',
  '53200':
    'The server has no room for the locks of one transaction (max_locks_per_transaction); the target is as it was.',
};

/**
 * Turns whatever ended a run into what its row says.
 *
 * @param signal the run's signal: once it is aborted, whatever the parts threw is a consequence of that
 * @param hasBegun the target was closed, and what was done since has been undone
 */
export function restoreFailure(error: unknown, signal: AbortSignal, hasBegun: boolean): RestoreFailure {
  if (signal.aborted) return { code: 'backups.restore.interrupted' };
  return { ...withoutCause(error, hasBegun), cause: causeOf(error) };
}

function withoutCause(error: unknown, hasBegun: boolean): RestoreFailure {
  if (error instanceof RestoreError) {
    return { code: `backups.restore.${error.fault}`, sentence: error.message, details: { ...error.details } };
  }
  if (error instanceof ContainerError) {
    return { code: CONTAINER_CODES[error.fault], sentence: error.message, details: { ...error.details } };
  }
  if (error instanceof ToolError) return { code: 'backups.restore.pg_restore_failed' };
  const code = sanitize(error).code;
  // What the target's server said itself; errors of the control database come wrapped.
  const state = serverErrorOf(error)?.code;
  if (state !== undefined && !isGone(state)) return serverFailure(state);
  return { code: code === 'backups.internal' && hasBegun ? 'backups.restore.rolled_back' : code };
}

/** The server is not there, or not there for us: connection exceptions, operator intervention, system errors. */
function isGone(sqlState: string): boolean {
  return /^(08|28|57P|58)/.test(sqlState) || sqlState === '53300';
}

function serverFailure(sqlState: string): RestoreFailure {
  const details = { sqlstate: sqlState };
  if (sqlState === DISK_FULL) return { code: 'backups.no_space', details };
  if (sqlState.startsWith(CONSTRAINT_CLASS)) {
    return {
      code: 'backups.restore.integrity_violation',
      sentence: 'A row of the backup does not satisfy a constraint of the target; the target is as it was.',
      details,
    };
  }
  if (LOCKS.has(sqlState)) {
    return {
      code: 'backups.restore.maintenance_failed',
      sentence: 'Another session holds a table that the restore needs; the target is as it was.',
      details,
    };
  }
  return { code: 'backups.restore.pg_restore_failed', sentence: SENTENCES[sqlState], details };
}
