import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './exit-code';
import { giveNewName } from './give-new-name';

describe('a new name', () => {
  let directory: string;
  const at = (name: string): string => join(directory, name);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-name-'));
    await writeFile(at('draft'), 'whole');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is given to a file', async () => {
    await giveNewName(at('draft'), at('backup.sql'));
    expect(await readdir(directory)).toEqual(['backup.sql']);
  });

  it('is not taken from a file that has got it meanwhile', async () => {
    await writeFile(at('backup.sql'), 'of another program');
    await expect(giveNewName(at('draft'), at('backup.sql'))).rejects.toThrow(UsageError);
    expect(await readFile(at('backup.sql'), 'utf8')).toBe('of another program');
  });

  it('does not lead through a link, even if that leads nowhere', async () => {
    await symlink('nowhere', at('backup.sql'));
    await expect(giveNewName(at('draft'), at('backup.sql'))).rejects.toThrow(UsageError);
    expect(await readlink(at('backup.sql'))).toBe('nowhere');
    expect((await readdir(directory)).sort()).toEqual(['backup.sql', 'draft']);
  });
});
