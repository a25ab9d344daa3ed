import type { History, PastBackup } from '../../api/types';

/** What became of a day's backups; several backups of one day count as the best of them. */
export type DayState = 'verified' | 'made' | 'failed' | 'missed' | 'none';

export interface Day {
  /** Its first moment, by the clocks of the person at the page. */
  readonly start: Date;
  readonly made: number;
  readonly verified: number;
  readonly failed: number;
  readonly missed: number;
  readonly state: DayState;
  /** The newest good backup of the day. */
  readonly newest: PastBackup | undefined;
}

/** The last days up to today, oldest first, and what the history says of each. */
export function daysOf(history: History, count: number, now: Date): Day[] {
  const keyOf = (at: Date): string => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
  const backups = Map.groupBy(history.items, ({ created_at: at }) => keyOf(new Date(at)));
  const missed = Map.groupBy(history.missed, (at) => keyOf(new Date(at)));
  return Array.from({ length: count }, (_, index) => {
    const start = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (count - 1 - index));
    const key = keyOf(start);
    return dayOf(start, backups.get(key) ?? [], missed.get(key)?.length ?? 0);
  });
}

function dayOf(start: Date, backups: readonly PastBackup[], missed: number): Day {
  const good = backups.filter(({ status }) => status === 'success');
  const failed = backups.filter(({ status }) => status === 'failed').length;
  const verified = good.filter(({ verified_at: at }) => at !== undefined).length;
  const state =
    verified > 0 ? 'verified' : good.length > 0 ? 'made' : failed > 0 ? 'failed' : missed > 0 ? 'missed' : 'none';
  return { start, made: good.length, verified, failed, missed, state, newest: good.at(-1) };
}
