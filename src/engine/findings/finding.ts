import { type FindingCode, FINDINGS, type NamesOf } from './finding-table';

/** A problem stops what was to be done. A warning should be known. */
export type Severity = 'problem' | 'warning';

export type FoundName = string | number | readonly string[];

/** Something found by a check of a server, a backup or the installation. Its words are in the table. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What was found, by the names in the braces of the sentence. */
  readonly names?: Readonly<Record<string, FoundName>>;
}

/** A finding as it is kept and sent: with its sentence. */
export interface ReportedFinding extends Finding {
  readonly message: string;
}

/** The names that a code needs; none when its texts have none. */
type Names<Code extends FindingCode> = [NamesOf<Code>] extends [never]
  ? []
  : [Readonly<Record<NamesOf<Code>, FoundName>>];

/** Of a list, the sentence names these and counts the rest. */
const NAMES_SHOWN = 10;
/** A list may be as long as the database is large. */
const NAMES_KEPT = 100;

/** A finding that stops what was to be done. */
export function problem<Code extends FindingCode>(code: Code, ...names: Names<Code>): Finding;
export function problem(code: FindingCode, names?: Finding['names']): Finding {
  return { code, severity: 'problem', ...(names && { names }) };
}

/** A finding that stops nothing. */
export function warning<Code extends FindingCode>(code: Code, ...names: Names<Code>): Finding;
export function warning(code: FindingCode, names?: Finding['names']): Finding {
  return { code, severity: 'warning', ...(names && { names }) };
}

/** The finding in words for people. */
export function sentenceOf({ code, names }: Finding): string {
  return filled(FINDINGS[code].sentence, names);
}

/** What to do about it, if the table has an advice. */
export function adviceOf({ code, names }: Finding): string | undefined {
  const { advice } = FINDINGS[code];
  return advice === undefined ? undefined : filled(advice, names);
}

/** The finding with its sentence, and with lists of a length that can be kept. */
export function reported(finding: Finding): ReportedFinding {
  const { code, severity, names } = finding;
  const message = sentenceOf(finding);
  if (names === undefined) return { code, severity, message };
  const kept = Object.entries(names).map(([name, found]): [string, FoundName] => [
    name,
    typeof found === 'object' ? found.slice(0, NAMES_KEPT) : found,
  ]);
  return { code, severity, message, names: Object.fromEntries(kept) };
}

function filled(text: string, names: Finding['names'] = {}): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => inWords(names[name] ?? ''));
}

function inWords(found: FoundName): string {
  if (typeof found !== 'object') return String(found);
  const shown = found.slice(0, NAMES_SHOWN).join(', ');
  return found.length > NAMES_SHOWN ? `${shown} and ${found.length - NAMES_SHOWN} more` : shown;
}
