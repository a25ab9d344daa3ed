import { sanitize } from '../errors/sanitize';
import type { ErrorCode } from '../errors/error-table';

/**
 * The code a failed run's row shows.
 *
 * @param error what ended the run
 * @param signal the run's signal: once it is aborted, whatever the parts threw is a consequence of that
 * @param interrupted the code for a run that was aborted from outside
 */
export function runFailureCode(error: unknown, signal: AbortSignal, interrupted: ErrorCode): ErrorCode {
  return signal.aborted ? interrupted : sanitize(error).code;
}
