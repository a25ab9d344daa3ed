import { whyNotNamed } from './new-database-name';

const CONFIG = {
  target: { database: 'scc' },
  control: { database: 'scc_backups' },
  restore: { maintenanceDatabase: 'maintenance' },
} as Parameters<typeof whyNotNamed>[1];

describe('the name of a new database', () => {
  it.each(['scc_copy', '_a', 'a', 'scc2', 'restore_7', 'scc_before', 'a'.repeat(63)])('may be %s', (name) => {
    expect(whyNotNamed(name, CONFIG)).toBeUndefined();
  });

  it.each([
    ...['', 'Scc', '7scc', 'scc copy', 'scc-copy', 'scc"', "scc'", 'scc;', 'sccö', 'a'.repeat(64), 'scc\n', 'a\0'],
    ...['postgres', 'template0', 'template1', 'scc', 'scc_backups', 'maintenance'],
    ...['scc_restore_7', 'scc_before_7', 'scc_rehearsal_7_2', 'other_before_1'],
  ])('is not %j', (name) => {
    expect(whyNotNamed(name, CONFIG)).toEqual(expect.any(String));
  });
});
