/** What an administrator should be told of, and what ends by itself when it is true no longer. */
export const ALERTS = [
  'backup_failed',
  'backup_overdue',
  'backup_suspicious',
  'restore_test_failed',
  'retention_failed',
  'storage_low',
] as const;
export type AlertName = (typeof ALERTS)[number];

/** What a look has found: whether the alert is on, and why in words that name no secret. */
export type Finding = { readonly alert: AlertName } & (
  { readonly isOn: false } | { readonly isOn: true; readonly message: string }
);

/** What is sent to people. */
export interface Notice {
  /** UUID; the same for every attempt and every channel. */
  readonly id: string;
  /** An alert that has begun or ended; `test` is about nothing, and ends nothing. */
  readonly alert: AlertName | 'test';
  readonly state: 'raised' | 'resolved';
  readonly message: string;
  /** Of the change, RFC 3339. */
  readonly at: string;
  /** Which installation says so. */
  readonly instance: string;
}
