import { judgeBackup, type StorageWish } from './backup-verdict';

const wish = (storage: string, keep: boolean, changes: Partial<StorageWish> = {}): StorageWish => ({
  storage,
  verdict: keep ? { keep, reason: 'recent' } : { keep, reason: 'expired' },
  hasFile: true,
  isExpired: false,
  isBegun: false,
  ...changes,
});
const plan = (keep: boolean) => ({ id: 1, ...wish('first', keep).verdict });
const outcome = (keep: boolean, wishes: StorageWish[]): unknown => {
  const { keep: stays, reason, files, keepers } = judgeBackup(plan(keep), wishes);
  const shown = files.map((file) => `${file.storage}: ${file.keep ? 'keep' : 'remove'} ${file.reason}`);
  return [stays, reason, shown.join(', '), keepers.join()];
};

describe('a backup about which its storages differ', () => {
  it.each<[string, boolean, StorageWish[], unknown[]]>([
    [
      'goes from a further storage that keeps less',
      true,
      [wish('first', true), wish('near', false)],
      [true, 'recent', 'first: keep recent, near: remove expired', 'first'],
    ],
    [
      'goes from the first storage when a further one keeps it longer',
      false,
      [wish('first', false), wish('near', false), wish('far', true)],
      [true, 'kept_elsewhere', 'first: remove expired, near: remove expired, far: keep recent', 'far'],
    ],
    [
      'stays where it is until the storage that keeps it has it',
      false,
      [wish('first', false), wish('far', true, { hasFile: false })],
      [true, 'only_here', 'first: keep only_here, far: keep recent', ''],
    ],
    [
      'stays in a further storage while the first one has lost it',
      true,
      [wish('first', true, { hasFile: false }), wish('near', false)],
      [true, 'recent', 'first: keep recent, near: keep only_here', ''],
    ],
    [
      'goes when no storage keeps it',
      false,
      [wish('first', false, { hasFile: false, isExpired: true }), wish('far', false)],
      [false, 'expired', 'far: remove expired', ''],
    ],
    [
      'stays with the one that keeps it, and is not looked for where it has expired',
      false,
      [wish('first', false, { hasFile: false, isExpired: true }), wish('far', true)],
      [true, 'kept_elsewhere', 'far: keep recent', 'far'],
    ],
  ])('%s', (_, keep, wishes, expected) => {
    expect(outcome(keep, wishes)).toEqual(expected);
  });
});
