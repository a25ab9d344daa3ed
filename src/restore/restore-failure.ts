import { ContainerError, type ContainerFault } from '../engine/container/container-error';
import { RestoreError } from '../engine/postgres/restore-error';
import { ToolError } from '../engine/process/tool-error';
import type { ErrorCode } from '../kernel/errors/error-table';
import { sanitize } from '../kernel/errors/sanitize';

/** How a failed run is recorded. */
export interface RestoreFailure {
  code: ErrorCode;
  /** What was wrong, safe to show; without it the code's own sentence. */
  sentence?: string;
  details?: Record<string, unknown>;
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

/**
 * Turns whatever ended a run into what its row says.
 *
 * @param signal the run's signal: once it is aborted, whatever the parts threw is a consequence of that
 */
export function restoreFailure(error: unknown, signal: AbortSignal): RestoreFailure {
  if (signal.aborted) return { code: 'backups.restore.interrupted' };
  if (error instanceof RestoreError) {
    return { code: `backups.restore.${error.fault}`, sentence: error.message, details: { ...error.details } };
  }
  if (error instanceof ContainerError) {
    return { code: CONTAINER_CODES[error.fault], sentence: error.message, details: { ...error.details } };
  }
  if (error instanceof ToolError) return { code: 'backups.restore.pg_restore_failed' };
  return { code: sanitize(error).code };
}
