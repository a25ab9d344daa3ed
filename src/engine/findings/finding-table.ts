import type { FindingEntry } from './finding-entry';
import { INSTALLATION_FINDINGS } from './installation-findings';
import { RESTORE_FINDINGS } from './restore-findings';

const TABLE = { ...RESTORE_FINDINGS, ...INSTALLATION_FINDINGS } as const satisfies Record<string, FindingEntry>;

export type FindingCode = keyof typeof TABLE;

/** Every finding of the check before a restore and of `bscc doctor`. `docs/findings.md` lists them. */
export const FINDINGS: Readonly<Record<FindingCode, FindingEntry>> = TABLE;

/** Names that the texts of a code have in braces. */
export type NamesOf<Code extends FindingCode> = Bracketed<Texts<(typeof TABLE)[Code]>>;

type Texts<Entry extends FindingEntry> =
  Entry['sentence'] | (Entry extends { readonly advice: infer Advice extends string } ? Advice : never);

type Bracketed<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Bracketed<Rest>
  : never;
