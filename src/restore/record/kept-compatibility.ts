import type { ReportedFinding } from '../../engine/findings/finding';
import type { Compatibility } from '../../engine/postgres/check/preflight';

/** What the check before a run has found, as the run's row keeps it: findings with the sentences of their time. */
export interface KeptCompatibility extends Omit<Compatibility, 'findings'> {
  readonly findings: readonly ReportedFinding[];
}

/** As rows of earlier versions have it: under the names that are sent, and with sentences only. */
export interface EarlierCompatibility {
  readonly server_version: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}
