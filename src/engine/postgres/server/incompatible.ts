import { type Finding, reported, sentenceOf } from '../../findings/finding';
import { RestoreError } from './restore-error';

/** The error of a backup that cannot be restored, with what stands in the way of it. */
export function incompatible(message: string, problems: readonly Finding[]): RestoreError {
  return new RestoreError('incompatible_version', message, {
    problems: problems.map(sentenceOf),
    findings: problems.map(reported),
  });
}
