import type { Notice } from '../alerts/alert';
import { headlineOf, linesOf } from './notice-text';

const NOTICE: Notice = {
  id: '1',
  alert: 'backup_failed',
  state: 'raised',
  message: 'Backup 7 failed.',
  at: '2026-11-28T12:00:00.000Z',
  instance: 'scc-1',
};

describe('the text of a notice', () => {
  it.each<[Partial<Notice>, string]>([
    [{}, 'scc-1: backup failed'],
    [{ state: 'resolved' }, 'scc-1: backup failed is over'],
    [{ alert: 'scheduled_backup', state: 'started' }, 'scc-1: scheduled backup started'],
    [{ alert: 'scheduled_backup', state: 'succeeded' }, 'scc-1: scheduled backup succeeded'],
    [{ alert: 'restore_test', state: 'failed' }, 'scc-1: restore test failed'],
    [{ instance: 'a\u001b[2Jb\r\nBcc: x' }, 'a\\u001b[2Jb\\u000d\\u000aBcc: x: backup failed'],
  ])('with %j has a headline', (changes, headline) => {
    expect(headlineOf({ ...NOTICE, ...changes })).toBe(headline);
  });

  it.each<[Partial<Notice>, string[]]>([
    [{}, ['Backup 7 failed.', `Since: ${NOTICE.at}`]],
    [{ state: 'resolved' }, ['This is over: Backup 7 failed.', `At: ${NOTICE.at}`]],
    [{ alert: 'test' }, ['Backup 7 failed.', `At: ${NOTICE.at}`]],
    [
      { cause: 'no space', about: { backup_id: 7 }, link: 'https://scc.example/backups' },
      [
        'Backup 7 failed.',
        'Cause: no space',
        'Backup: 7',
        `Since: ${NOTICE.at}`,
        'Look here: https://scc.example/backups',
      ],
    ],
    [
      { about: { backup_id: 7, label: 'night', requested_by: 'olena', size_bytes: 1_572_864 } },
      ['Backup 7 failed.', 'Backup: 7 (night)', 'Requested by: olena', 'Size: 1.5 MiB', `Since: ${NOTICE.at}`],
    ],
  ])('with %j says line by line what happened', (changes, lines) => {
    expect(linesOf({ ...NOTICE, ...changes })).toEqual(lines);
  });

  it.each([
    [0, '0 bytes'],
    [1, '1 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [1024 ** 3 - 1, '1024.0 MiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ])('says a size of %d as %s', (size, words) => {
    expect(linesOf({ ...NOTICE, about: { backup_id: 1, size_bytes: size } })).toContain(`Size: ${words}`);
  });
});
