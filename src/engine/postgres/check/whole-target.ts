import { type Finding, problem, warning } from '../../findings/finding';
import { boundExtensionProblems } from './bound-extensions';
import type { Question } from './preflight';
import { tablespaceProblems } from './restore-rights';
import { sessionFindings } from './session-findings';
import { slotWarnings } from './slot-warnings';

/**
 * Finds what is to be known of a restore that replaces all of the target.
 *
 * @param how by another database, or where it is
 */
export async function wholeTargetFindings(question: Question, how: 'exchanged' | 'replaced'): Promise<Finding[]> {
  const { admin, server, targetName, facts, properties, extensions } = question;
  const isExchanged = how === 'exchanged';
  return [
    ...(await boundExtensionProblems(admin, extensions, { target: targetName, isOther: isExchanged })),
    ...(server.owns_target || server.is_superuser ? [] : [problem('role.does_not_own_target')]),
    ...preparedFindings(question),
    ...(await sessionFindings(admin, targetName, !isExchanged)),
    ...(await tablespaceProblems(admin, facts, isExchanged ? properties : undefined)),
    ...(await slotWarnings(admin, targetName)),
  ];
}

/** A database with prepared transactions cannot be renamed, and they hold locks on tables of it. */
function preparedFindings({ server, isDryRun }: Question): Finding[] {
  if (server.prepared === '0') return [];
  const found = isDryRun ? warning : problem;
  return [found('target.prepared_transactions')];
}
