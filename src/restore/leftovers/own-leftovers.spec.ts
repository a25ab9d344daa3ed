import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../kernel/config/parse-config';
import { roleOwner } from '../record/journal';
import type { LeftoverItem } from './leftover';
import { areOwnDirectories, isOwnLeftover } from './own-leftovers';

describe('what a run has left', () => {
  let directory: string;
  let real: string;
  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'berkut-own-')));
    real = join(directory, 'real');
    await mkdir(real);
    await symlink('real', join(directory, 'link'));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const config = () =>
    parseConfig({
      APP_ENV: 'prod',
      BERKUT_DB_URL: 'postgres://u@h/scc_restore_7',
      BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://u@h/control_before_7',
      BACKUP_ENCRYPTION_KEY: 'ab'.repeat(32),
      BERKUT_AUTH_JWT_SECRET: 'a secret of thirty-two bytes, for tests',
      BERKUT_BACKUP_FILES_PATH: join(directory, 'link'),
    });
  const is = (item: LeftoverItem): Promise<boolean> => isOwnLeftover(item, 7, config());

  it('is a database with a name of the run and of its kind, and none in use', async () => {
    for (const database of ['scc_restore_7_2', 'another_restore_7']) {
      expect([database, await is({ kind: 'staging_database', database })]).toEqual([database, true]);
      expect([database, await is({ kind: 'scratch_database', database })]).toEqual([database, false]);
    }
    expect(await is({ kind: 'kept_database', database: 'scc_before_7', oid: '1', target: 'scc' })).toBe(true);
    expect(await is({ kind: 'kept_database', database: 'control_before_7', oid: '1', target: 'scc' })).toBe(false);
    for (const database of [
      'scc_restore_7',
      'scc_restore_8',
      'scc_restore_17',
      'scc_restore_7x',
      'scc',
      'postgres',
      '_7',
    ]) {
      expect([database, await is({ kind: 'staging_database', database })]).toEqual([database, false]);
    }
  });

  it('are roles that say so', async () => {
    expect(await is({ kind: 'roles', roles: ['r'], owner: roleOwner(7) })).toBe(true);
    expect(await is({ kind: 'roles', roles: ['r'], owner: roleOwner(8) })).toBe(false);
  });

  it('is a directory beside that of the files, also while that is being exchanged', async () => {
    const names = {
      isLiveThere: true,
      isIncomingThere: true,
      live: real,
      incoming: `${real}.restore-7`,
      kept: `${real}.before-7`,
    };
    for (const isThere of [true, false]) {
      if (!isThere) await rm(real, { recursive: true });
      expect(await is({ kind: 'directory', path: `${real}.before-7-2` })).toBe(true);
      expect(await is({ kind: 'directory', path: `${real}.restore-7` })).toBe(true);
      for (const path of [real, `${real}.restore-8`, `${real}.restore-7/x`, directory, `${real}/.restore-7`, '/']) {
        expect([path, await is({ kind: 'directory', path })]).toEqual([path, false]);
      }
      expect(await areOwnDirectories(names, config())).toBe(true);
      expect(await areOwnDirectories({ ...names, live: directory }, config())).toBe(false);
      expect(await areOwnDirectories({ ...names, incoming: directory }, config())).toBe(false);
      expect(await areOwnDirectories({ ...names, kept: `${real}.restore-7` }, config())).toBe(false);
      expect(await is({ kind: 'files', names: { ...names, kept: '/etc' }, state: 'new' })).toBe(false);
    }
  });
});
