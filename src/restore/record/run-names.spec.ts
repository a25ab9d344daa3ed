import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseName, freeDirectoryNames, isStillLive, liveDirectory } from './run-names';

describe('the name of a database of a run', () => {
  it.each([
    ['scc', '_restore_7', 'scc_restore_7'],
    ['a'.repeat(63), '_before_12', `${'a'.repeat(53)}_before_12`],
    ['ї'.repeat(31), '_restore_7', `${'ї'.repeat(26)}_restore_7`],
    ['a'.repeat(53), '_restore_7', `${'a'.repeat(53)}_restore_7`],
    // Two code units and four bytes each: what is left over is not half a character.
    ['🦅'.repeat(15), '_rehearsal_1234', `${'🦅'.repeat(12)}_rehearsal_1234`],
    [`x${'🦅'.repeat(15)}`, '_restore_7', `x${'🦅'.repeat(13)}_restore_7`],
  ])('of %s with %s is %s', (target, suffix, name) => {
    expect(databaseName(target, suffix)).toBe(name);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(name.isWellFormed()).toBe(true);
  });
});

describe('the directories of a run', () => {
  let place: string;
  beforeEach(async () => (place = await mkdtemp(join(tmpdir(), 'berkut-names-'))));
  afterEach(() => rm(place, { recursive: true }));

  it.each<[string, string[], string]>([
    ['by its number', ['live'], '7'],
    ['where there are no files yet', [], '7'],
    ['beside those of another run', ['live', 'live.before-6'], '7'],
    ['by another number where its own kept directory is there', ['live', 'live.before-7'], '7-2'],
    ['by another number where its own new directory is there', ['live', 'live.restore-7'], '7-2'],
    ['by the next number that is free', ['live', 'live.restore-7', 'live.before-7-2'], '7-3'],
  ])('are called %s', async (_, present, suffix) => {
    for (const name of present) await mkdir(join(place, name));
    const live = join(place, 'live');
    expect(await freeDirectoryNames(live, 7)).toEqual({
      live,
      incoming: `${live}.restore-${suffix}`,
      kept: `${live}.before-${suffix}`,
      isLiveThere: present.includes('live'),
      isIncomingThere: true,
    });
  });

  it('lie where a link leads to', async () => {
    await mkdir(join(place, 'real'));
    await symlink(join(place, 'real'), join(place, 'link'));
    expect(await liveDirectory(join(place, 'link'))).toBe(await liveDirectory(join(place, 'real')));
    expect(await liveDirectory(join(place, 'none'))).toBe(join(place, 'none'));
  });

  it('are those of the path as long as it leads to the same place', async () => {
    const real = join(place, 'real');
    const other = join(place, 'other');
    const link = join(place, 'link');
    await mkdir(real);
    await mkdir(other);
    await symlink(real, link);
    const live = await liveDirectory(link);
    expect(await isStillLive(link, live)).toBe(true);
    await rm(link);
    await symlink(other, link);
    expect(await isStillLive(link, live)).toBe(false);

    // The parent is reached by a link, and the directory was not there when the load began.
    await symlink(place, join(other, 'up'));
    const late = join(other, 'up', 'late');
    const before = await liveDirectory(late);
    expect(await isStillLive(late, before)).toBe(true);
    await mkdir(join(place, 'late'));
    expect(await isStillLive(late, before)).toBe(true);
    await rm(join(place, 'late'), { recursive: true });
    await symlink(real, join(place, 'late'));
    expect(await isStillLive(late, before)).toBe(false);
  });
});
