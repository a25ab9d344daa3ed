/** What an administrator should be told of, and what ends by itself when it is true no longer. */
export const ALERTS = [
  'backup_failed',
  'backup_overdue',
  'backup_suspicious',
  'files_missing',
  'leftovers',
  'restore_test_failed',
  'retention_failed',
  'storage_low',
  'storage_unusable',
] as const;
export type AlertName = (typeof ALERTS)[number];

/** What the service does on its own, and that an outside watcher, or people who wish so, are told of each time. */
const OUTCOMES = ['scheduled_backup', 'restore_test'] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

/** The backup that a notice is about. */
export interface NoticeSubject {
  readonly backup_id: number;
  readonly label?: string;
  readonly requested_by?: string;
  readonly size_bytes?: number;
}

/** What a look has found: whether the alert is on, and why in words that name no secret. */
export type ConditionState = { readonly alert: AlertName } & (
  { readonly isOn: false } | ({ readonly isOn: true } & Reason)
);

/** Why an alert is on. */
export interface Reason {
  readonly message: string;
  /** What the server, a program or the system said; for administrators. */
  readonly cause?: string | undefined;
  readonly about?: NoticeSubject | undefined;
}

/** What is sent to people and to watchers. */
export interface Notice {
  /** UUID; the same for every attempt and every channel. */
  readonly id: string;
  /** An alert that has begun or ended, or something that the service has done; `test` is about nothing, and ends nothing. */
  readonly alert: AlertName | OutcomeName | 'test';
  /** Alerts are raised and resolved, outcomes the rest. */
  readonly state: 'raised' | 'resolved' | 'started' | 'succeeded' | 'failed';
  readonly message: string;
  /** What the server, a program or the system said. */
  readonly cause?: string | undefined;
  readonly about?: NoticeSubject | undefined;
  /** Of the change, RFC 3339. */
  readonly at: string;
  /** Which installation says so. */
  readonly instance: string;
  /** Where a person looks next. */
  readonly link?: string | undefined;
}

/** An alert has a state to keep; an outcome has happened, and is over. */
export function isOutcome({ alert }: Notice): boolean {
  return OUTCOMES.some((name) => name === alert);
}
