import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '../findings/finding';
import { exchangeProblems } from './exchange-problems';

/** Neither root nor the user who runs this. */
const ANOTHER = 54_321;

describe('what keeps a directory from being exchanged', () => {
  let place: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'berkut-exchange-'));
    await mkdir(join(place, 'live'));
  });
  afterEach(async () => rm(place, { recursive: true }));

  it('is nothing, where it can be, is not there yet, or only its content is odd', async () => {
    await symlink('/', join(place, 'live', 'link'));
    expect(await exchangeProblems(join(place, 'live'))).toEqual([]);
    expect(await exchangeProblems(join(place, 'nothing'))).toEqual([]);
  });

  it('is that a file system is mounted there, or below it', async () => {
    expect(await exchangeProblems('/proc')).toContainEqual(problem('files.mount_point'));
    expect(await exchangeProblems('/dev')).toContainEqual(problem('files.mounted_below'));
  });

  it('is that it is something else', async () => {
    await writeFile(join(place, 'file'), '');
    expect(await exchangeProblems(join(place, 'file'))).toEqual([problem('files.not_a_directory')]);
  });

  it('is that its parent cannot be written', async () => {
    expect(await exchangeProblems(join(place, 'nowhere', 'live'))).toEqual([problem('files.parent_not_writable')]);
  });

  it('is that it belongs to another user beside a sticky bit', async () => {
    await chmod(place, 0o1777);
    expect(await exchangeProblems(join(place, 'live'))).toEqual([]);
    expect(await exchangeProblems(join(place, 'live'), ANOTHER)).toEqual([problem('files.sticky')]);
    await chmod(place, 0o777);
    expect(await exchangeProblems(join(place, 'live'), ANOTHER)).toEqual([]);
  });
});
