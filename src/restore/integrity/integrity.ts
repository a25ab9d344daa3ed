import { present } from '../../engine/optional/present';
import { HOUR_MS } from '../../kernel/clock/durations';

/** What is known about restore tests and backups; a test is a rehearsal that has ended. */
export interface IntegrityFacts {
  readonly now: Date;
  readonly isEnabled: boolean;
  readonly intervalHours: number;
  readonly lastBackup?: { readonly id: number; readonly at: Date } | undefined;
  readonly lastTest?: RestoreTest | undefined;
  readonly lastSuccessfulTest?: RestoreTest | undefined;
  readonly lastFailedTest?: RestoreTest | undefined;
}

interface RestoreTest {
  readonly id: number;
  readonly backupId: number;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** How much of it went into migrations: only a rehearsal that keeps its database makes them. */
  readonly migrationMs: number;
  readonly status: string;
}

/** Whether the system is known to be restorable, as the wire shows it. */
export interface Integrity {
  status: 'ok' | 'warning' | 'failed';
  enabled: boolean;
  interval_hours: number;
  overdue: boolean;
  last_successful_backup_id?: number;
  last_successful_backup_at?: string;
  last_restore_test_id?: number;
  last_restore_test_backup_id?: number;
  last_restore_test_at?: string;
  last_restore_test_status?: string;
  last_successful_test_at?: string;
  last_failed_test_at?: string;
  next_scheduled_test_at?: string;
  last_proven_restorable_at?: string;
  measured_restore_seconds?: number;
  last_error_i18n_key?: string;
}

/** When the next scheduled test is due; `undefined` when there never was one: then it is due now. */
export function nextTestAt({ lastTest, intervalHours }: IntegrityFacts): Date | undefined {
  return lastTest === undefined ? undefined : new Date(lastTest.finishedAt.getTime() + intervalHours * HOUR_MS);
}

/** Judges the facts. */
export function judge(facts: IntegrityFacts): Integrity {
  const { now, isEnabled, intervalHours, lastBackup, lastTest, lastSuccessfulTest: proven, lastFailedTest } = facts;
  const next = nextTestAt(facts);
  const isOverdue = proven === undefined || now.getTime() - proven.finishedAt.getTime() > intervalHours * HOUR_MS;
  const verdict = verdictOf(facts, isOverdue);
  return {
    status: verdict.status,
    enabled: isEnabled,
    interval_hours: intervalHours,
    overdue: isOverdue,
    ...present({
      last_successful_backup_id: lastBackup?.id,
      last_successful_backup_at: lastBackup?.at.toISOString(),
      last_restore_test_id: lastTest?.id,
      last_restore_test_backup_id: lastTest?.backupId,
      last_restore_test_at: lastTest?.finishedAt.toISOString(),
      last_restore_test_status: lastTest?.status,
      last_successful_test_at: proven?.finishedAt.toISOString(),
      last_proven_restorable_at: proven?.finishedAt.toISOString(),
      measured_restore_seconds: proven && secondsOf(proven),
      last_failed_test_at: lastFailedTest?.finishedAt.toISOString(),
      next_scheduled_test_at: isEnabled && lastBackup !== undefined ? (next ?? now).toISOString() : undefined,
      last_error_i18n_key: verdict.key,
    }),
  };
}

/** How long a test took, without its migrations; one that took less counts as a second. */
function secondsOf({ startedAt, finishedAt, migrationMs }: RestoreTest): number {
  return Math.max(1, Math.round((finishedAt.getTime() - startedAt.getTime() - migrationMs) / 1000));
}

function verdictOf(
  { lastBackup, lastTest }: IntegrityFacts,
  isOverdue: boolean,
): { status: Integrity['status']; key?: string } {
  if (lastBackup === undefined) return { status: 'warning', key: 'backups.integrity.noBackups' };
  if (lastTest === undefined) return { status: 'warning', key: 'backups.integrity.restoreTestMissing' };
  if (lastTest.status === 'failed') return { status: 'failed', key: 'backups.integrity.restoreTestFailed' };
  if (lastTest.status === 'success' && !isOverdue) return { status: 'ok' };
  return { status: 'warning', key: 'backups.integrity.restoreTestStale' };
}
