import type { Finding } from '../../findings/finding';
import { reportedFindings } from './reported-findings';
import { RestoreError } from './restore-error';

/**
 * The error of a backup that cannot be restored.
 *
 * @param what cannot be done
 * @param problems why
 */
export function incompatible(what: string, problems: readonly Finding[]): RestoreError {
  const findings = reportedFindings(problems);
  const sentences = findings.map(({ message }) => message);
  return new RestoreError('incompatible_version', `${what}: ${sentences.join('; ')}.`, {
    problems: sentences,
    findings,
  });
}
