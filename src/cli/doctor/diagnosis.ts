/** What a check has found, and what to do about it. */
export interface Diagnosis {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly message: string;
  readonly advice?: string;
}
