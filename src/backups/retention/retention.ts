import type { BackupTrigger, RunStatus } from '../catalogue/backup.entity';
import { isFinal } from '../catalogue/run-status';
import { addDays, type CalendarDate, dateAt, weekdayOf } from '../../kernel/clock/local-time';
import { DAY_MS } from '../../kernel/clock/durations';

/** What retention knows of a backup. */
export interface RetainedBackup {
  id: number;
  status: RunStatus;
  trigger: BackupTrigger;
  /** The whole database, not some scopes. */
  isWhole: boolean;
  createdAt: Date;
  pinned: boolean;
  verifiedAt: Date | null;
  /** It has its file, in the size that it had, and a key of the ring opens it. */
  isUsable: boolean;
  /** The first storage does not have its file, and another one has a copy: that may be all that is left of it. */
  isCopyAlone: boolean;
}

/** What is to be kept. */
export interface RetentionRule {
  retentionDays: number;
  /** So many of the newest successful ones stay, however old. */
  keepLast: number;
  /** The newest of each of the last so many days, weeks, months and years that have one stays, however old. */
  keepDaily: number;
  keepWeekly: number;
  keepMonthly: number;
  keepYearly: number;
  /** Zone whose calendar tells days apart, IANA name. */
  timeZone: string;
  /** The latest automatic backup that was begun has come to nothing so far. */
  isLastRunFailed: boolean;
}

/** Why a backup stays or goes. */
export const RETENTION_REASONS = [
  'pinned',
  'imported',
  'not_finished',
  'recent',
  'among_the_last',
  'newest_verified',
  'daily',
  'weekly',
  'monthly',
  'yearly',
  'not_replaced',
  'last_run_failed',
  'in_use',
  'kept_elsewhere',
  'only_here',
  'expired',
  'failed_long_ago',
] as const;
export type RetentionReason = (typeof RETENTION_REASONS)[number];

export interface RetentionVerdict {
  id: number;
  keep: boolean;
  reason: RetentionReason;
}

/** For how long the rows of what failed or was canceled are shown. */
const FAILED_ROW_DAYS = 30;
/** How far a sweep's moment may be ahead of that of the sweep before it. */
const LONGEST_STEP_DAYS = 2;

/**
 * The moment as of which a sweep judges ages: now, but never far ahead of the sweep before. A clock that jumps a year ahead
 * would make everything old at once. With the limit an operator has days to notice, and after a long outage it catches up.
 *
 * @param previous of the sweep before; `null` when there was none
 */
export function retentionMoment(now: Date, previous: Date | null): Date {
  if (previous === null) return now;
  return new Date(Math.min(now.getTime(), previous.getTime() + LONGEST_STEP_DAYS * DAY_MS));
}

/**
 * What to keep, and why. Pure, and deterministic: what is removed by it is what it would remove.
 *
 * Backups of the whole database and those of some scopes are counted apart, so that a handful of small ones never takes
 * the place of the last whole one. Safety backups are not counted. Imports are removed only when a caller deletes them.
 */
export function judgeRetention(
  backups: readonly RetainedBackup[],
  rule: RetentionRule,
  asOf: Date,
): RetentionVerdict[] {
  const newestFirst = [...backups].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id);
  const protectedIds = protectedBy(newestFirst, rule);
  const lastRun = newestFirst.find(({ trigger, status }) => trigger === 'scheduled' && isFinal(status));
  return newestFirst.map((backup): RetentionVerdict => {
    const verdict = (keep: boolean, reason: RetentionReason): RetentionVerdict => ({ id: backup.id, keep, reason });
    if (backup.pinned) return verdict(true, 'pinned');
    if (backup.trigger === 'import') return verdict(true, 'imported');
    if (!isFinal(backup.status)) return verdict(true, 'not_finished');
    const ageMs = asOf.getTime() - backup.createdAt.getTime();
    if (backup.status !== 'success') {
      const isOld = ageMs > FAILED_ROW_DAYS * DAY_MS && backup !== lastRun;
      return isOld ? verdict(false, 'failed_long_ago') : verdict(true, 'recent');
    }
    if (ageMs <= rule.retentionDays * DAY_MS) return verdict(true, 'recent');
    const reason = protectedIds.get(backup.id);
    if (reason !== undefined) return verdict(true, reason);
    // Counting on it would be a risk, and so would removing it.
    if (backup.isCopyAlone) return verdict(true, 'not_replaced');
    if (rule.isLastRunFailed) return verdict(true, 'last_run_failed');
    return verdict(false, 'expired');
  });
}

/** Successful backups that stay however old they are. */
function protectedBy(newestFirst: readonly RetainedBackup[], rule: RetentionRule): Map<number, RetentionReason> {
  const { keepLast } = rule;
  const reasons = new Map<number, RetentionReason>();
  const counted = newestFirst.filter(
    ({ status, trigger }) => status === 'success' && (trigger === 'manual' || trigger === 'scheduled'),
  );
  for (const isWhole of [true, false]) {
    const group = counted.filter((backup) => backup.isWhole === isWhole);
    const usable = group.filter(({ isUsable }) => isUsable);
    for (const { id } of usable.slice(0, keepLast)) reasons.set(id, 'among_the_last');
    keepTiers(usable, rule, reasons);
    if (usable.length >= keepLast) continue;
    // A storage that is not mounted takes every file away at once, and gives them back.
    for (const { id, isUsable } of group) if (!isUsable) reasons.set(id, 'not_replaced');
  }
  const verified = counted.find((backup) => backup.isWhole && backup.isUsable && backup.verifiedAt !== null);
  if (verified !== undefined && !reasons.has(verified.id)) reasons.set(verified.id, 'newest_verified');
  return reasons;
}

/** Keeps the newest of each period: one that stays today stays until its period is no longer among the last ones. */
function keepTiers(
  newestFirst: readonly RetainedBackup[],
  rule: RetentionRule,
  reasons: Map<number, RetentionReason>,
): void {
  const tiers = [
    { reason: 'daily', keep: rule.keepDaily, periodOf: dayOf },
    { reason: 'weekly', keep: rule.keepWeekly, periodOf: weekOf },
    { reason: 'monthly', keep: rule.keepMonthly, periodOf: ({ year, month }: CalendarDate) => `${year}-${month}` },
    { reason: 'yearly', keep: rule.keepYearly, periodOf: ({ year }: CalendarDate) => `${year}` },
  ] as const;
  for (const { reason, keep, periodOf } of tiers) {
    const periods = new Set<string>();
    for (const { id, createdAt } of newestFirst) {
      const period = periodOf(dateAt(createdAt.getTime(), rule.timeZone));
      if (periods.has(period)) continue;
      if (periods.size >= keep) break;
      periods.add(period);
      if (!reasons.has(id)) reasons.set(id, reason);
    }
  }
}

function dayOf({ year, month, day }: CalendarDate): string {
  return `${year}-${month}-${day}`;
}

/** Named by its Monday. */
function weekOf(date: CalendarDate): string {
  return dayOf(addDays(date, -((weekdayOf(date) + 6) % 7)));
}
