import { type Finding, problem, reported, type ReportedFinding, warning } from '../../findings/finding';

/** A database can have a finding for each of its objects, and a run is written and sent with all that it keeps. */
const KEPT = 200;

/** Findings as they are kept and sent: problems before warnings where there are too many, and the rest counted. */
export function reportedFindings(findings: readonly Finding[]): ReportedFinding[] {
  if (findings.length <= KEPT) return findings.map(reported);
  const byWeight = [...problemsOf(findings), ...findings.filter(({ severity }) => severity === 'warning')];
  const cut = byWeight.slice(KEPT);
  const rest = { count: cut.length };
  const more = problemsOf(cut).length > 0 ? problem('findings.more', rest) : warning('findings.more', rest);
  return [...byWeight.slice(0, KEPT), more].map(reported);
}

function problemsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === 'problem');
}
