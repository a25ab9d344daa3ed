import type { BackupTrigger, RunStatus } from '../backups/backup.entity';

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
  /** It has its file. */
  isUsable: boolean;
}

/** What is to be kept. */
export interface RetentionRule {
  retentionDays: number;
  /** So many of the newest successful ones stay, however old. */
  keepLast: number;
}

/** Why a backup stays or goes. */
export type RetentionReason =
  | 'pinned'
  | 'imported'
  | 'not_finished'
  | 'recent'
  | 'among_the_last'
  | 'newest_verified'
  | 'last_run_failed'
  | 'in_use'
  | 'expired'
  | 'failed_long_ago';

export interface RetentionVerdict {
  id: number;
  keep: boolean;
  reason: RetentionReason;
}

const DAY_MS = 24 * 3_600_000;
/** For how long the rows of what failed or was canceled are shown. */
const FAILED_ROW_DAYS = 30;

/**
 * What to keep today, and why. Pure, and deterministic: what is removed by it is what it would remove.
 *
 * Backups of the whole database and those of some scopes are counted apart, so that a handful of small ones never takes
 * the place of the last whole one. Safety backups go by their age alone, imports go only when somebody deletes them.
 */
export function judgeRetention(backups: readonly RetainedBackup[], rule: RetentionRule, now: Date): RetentionVerdict[] {
  const newestFirst = [...backups].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id);
  const protectedIds = protectedBy(newestFirst, rule);
  const lastRun = newestFirst.find(({ trigger, status }) => trigger === 'scheduled' && isOver(status));
  const isLastFailed = lastRun?.status === 'failed';
  return newestFirst.map((backup): RetentionVerdict => {
    const verdict = (keep: boolean, reason: RetentionReason): RetentionVerdict => ({ id: backup.id, keep, reason });
    if (backup.pinned) return verdict(true, 'pinned');
    if (backup.trigger === 'import') return verdict(true, 'imported');
    if (!isOver(backup.status)) return verdict(true, 'not_finished');
    const ageMs = now.getTime() - backup.createdAt.getTime();
    if (backup.status !== 'success') {
      const isOld = ageMs > FAILED_ROW_DAYS * DAY_MS && backup !== lastRun;
      return isOld ? verdict(false, 'failed_long_ago') : verdict(true, 'recent');
    }
    if (ageMs <= rule.retentionDays * DAY_MS) return verdict(true, 'recent');
    const reason = protectedIds.get(backup.id);
    if (reason !== undefined) return verdict(true, reason);
    if (isLastFailed) return verdict(true, 'last_run_failed');
    return verdict(false, 'expired');
  });
}

/** Successful backups that stay however old they are. */
function protectedBy(
  newestFirst: readonly RetainedBackup[],
  { keepLast }: RetentionRule,
): Map<number, RetentionReason> {
  const reasons = new Map<number, RetentionReason>();
  const good = newestFirst.filter(({ status, isUsable }) => status === 'success' && isUsable);
  const counted = good.filter(({ trigger }) => trigger === 'manual' || trigger === 'scheduled');
  for (const isWhole of [true, false]) {
    const group = counted.filter((backup) => backup.isWhole === isWhole);
    for (const { id } of group.slice(0, keepLast)) reasons.set(id, 'among_the_last');
  }
  const verified = good
    .filter(({ isWhole, verifiedAt }) => isWhole && verifiedAt !== null)
    .sort((a, b) => (b.verifiedAt?.getTime() ?? 0) - (a.verifiedAt?.getTime() ?? 0));
  const [newestVerified] = verified;
  if (newestVerified !== undefined && !reasons.has(newestVerified.id))
    reasons.set(newestVerified.id, 'newest_verified');
  return reasons;
}

function isOver(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
