/** What is said of a finding. Names of what was found stand in braces. */
export interface FindingEntry {
  readonly sentence: string;
  /** What to do about it, where the sentence does not say so. */
  readonly advice?: string;
}
