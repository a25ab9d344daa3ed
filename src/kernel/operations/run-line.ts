import type { ErrorCode } from '../errors/error-table';
import { reasonOf } from '../logging/loggable';

/**
 * How long something took, for its line in the log.
 *
 * @param beganAtMs of `performance.now()`
 * @returns whole milliseconds
 */
export function sinceMs(beganAtMs: number): number {
  return Math.round(performance.now() - beganAtMs);
}

/** Why a run has failed, for its line in the log: with a stack only what no code of the table says. */
export function whyOf(code: ErrorCode, error: unknown): { readonly err: unknown } | { readonly reason: object } {
  return code === 'backups.internal' ? { err: error } : { reason: reasonOf(error) };
}
