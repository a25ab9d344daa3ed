import type { PastBackup } from '../../api/types';
import { daysOf } from './days';

const backup = (id: number, at: Date, more: Partial<PastBackup> = {}): PastBackup => ({
  id,
  created_at: at.toISOString(),
  status: 'success',
  source: 'local',
  trigger: 'scheduled',
  ...more,
});

describe('the days of the calendar', () => {
  it('say what became of each, and a day counts as the best of its backups', () => {
    const now = new Date(2026, 2, 3, 12);
    const at = (day: number, hour: number): Date => new Date(2026, 1, day, hour);
    const days = daysOf(
      {
        items: [
          backup(1, at(27, 0)),
          backup(2, at(28, 2), { status: 'failed' }),
          backup(3, at(28, 3), { verified_at: at(28, 9).toISOString() }),
          backup(4, at(29, 23), { status: 'failed' }),
        ],
        missed: [at(30, 2).toISOString(), at(28, 1).toISOString()],
      },
      6,
      now,
    );
    expect(days.map(({ start, state }) => [start.getMonth() + 1, start.getDate(), state])).toEqual([
      [2, 26, 'none'],
      [2, 27, 'made'],
      [2, 28, 'verified'],
      [3, 1, 'failed'],
      [3, 2, 'missed'],
      [3, 3, 'none'],
    ]);
    expect(days[2]).toMatchObject({ made: 1, verified: 1, failed: 1, missed: 1, newest: { id: 3 } });
  });
});
