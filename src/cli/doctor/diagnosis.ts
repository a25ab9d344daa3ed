import { adviceOf, type Finding, type FoundName, sentenceOf, type Severity } from '../../engine/findings/finding';
import type { FindingCode } from '../../engine/findings/finding-table';
import { present } from '../../engine/optional/present';

/** What a check says: that something is well, or a finding, with what to do about it. */
export interface Diagnosis {
  readonly check: string;
  readonly state: 'ok' | Severity;
  /** Of the table of findings; none when all is well. */
  readonly code?: FindingCode;
  readonly message: string;
  readonly advice?: string;
  readonly names?: Readonly<Record<string, FoundName>>;
}

/** All is well; the message says what was looked at. */
export function ok(check: string, message: string): Diagnosis {
  return { check, state: 'ok', message };
}

/** A finding of a check, in the words of the table. */
export function found(check: string, finding: Finding): Diagnosis {
  const { code, severity, names } = finding;
  const advice = adviceOf(finding);
  return {
    check,
    state: severity,
    code,
    message: sentenceOf(finding),
    ...present({ advice, names }),
  };
}
