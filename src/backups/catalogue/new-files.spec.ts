import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorage } from '../../engine/storage/local-storage';
import { NewFile } from './new-files';

const NAME = 'one.bscc';
/** Where what is told to the rows would be in the control database. */
let told: string[];
let place: string;
let storages: LocalStorage[];
beforeEach(async () => {
  told = [];
  place = await mkdtemp(join(tmpdir(), 'berkut-new-'));
  storages = ['first', 'near', 'far'].map((name) => new LocalStorage(join(place, name)));
});
afterEach(() => rm(place, { recursive: true, force: true }));

function newFile(): NewFile {
  const [first, near, far] = storages;
  if (first === undefined || near === undefined || far === undefined) throw new Error('there are three');
  const tell = (what: string) => Promise.resolve(void told.push(what));
  const rows = {
    begin: ({ storage }: { storage: string }) => tell(`begin in ${storage}`),
    succeed: ({ storage }: { storage: string }) => tell(`succeed in ${storage}`),
    forget: () => tell('forget'),
  };
  const further = [
    { name: 'near', identity: 'near', storage: near },
    { name: 'far', identity: 'far', storage: far },
  ];
  return new NewFile({ id: 1, storageName: NAME }, first, further, rows, (_error, storage) =>
    told.push(`not ${storage}`),
  );
}

/** Its directory is a file. */
const putAway = (name: string): Promise<void> => writeFile(join(place, name), '');
/** Less than is expected. */
function fill(...which: number[]): void {
  for (const i of which) Object.assign(storages[i] ?? {}, { freeBytes: () => Promise.resolve(99) });
}

async function write(file: NewFile): Promise<string[]> {
  const pending = await file.create(NAME, { expectedBytes: 100 });
  await pending.publish();
  await file.succeed('checksum');
  const found = ['first', 'near', 'far'].map(async (name) =>
    (await readdir(join(place, name)).catch((): string[] => [])).map((entry) => `${name}/${entry}`),
  );
  return (await Promise.all(found)).flat();
}

describe('the file of a new backup', () => {
  it('is in the first storage, of which no row tells', async () => {
    const file = newFile();
    expect(await write(file)).toEqual([`first/${NAME}`]);
    expect([file.storage === storages[0], file.firstError, told]).toEqual([true, null, []]);
  });

  it('is in the next one that takes it while the first does not, and a row has told so before', async () => {
    await putAway('first');
    fill(1);
    const file = newFile();
    expect(await write(file)).toEqual([`far/${NAME}`]);
    expect([file.storage === storages[2], file.firstError]).toEqual([true, 'backups.storage_unavailable']);
    const nearTried = ['begin in near', 'not near', 'forget'];
    expect(told).toEqual(['not first', ...nearTried, 'begin in far', 'succeed in far']);
  });

  it('is in the next one when the first has no room for what is expected', async () => {
    fill(0);
    const file = newFile();
    expect(await write(file)).toEqual([`near/${NAME}`]);
    expect(file.firstError).toBe('backups.no_space');
  });

  it('is in the first one after all when none has room: that was an estimate', async () => {
    fill(0, 1, 2);
    const file = newFile();
    expect(await write(file)).toEqual([`first/${NAME}`]);
    expect([file.storage === storages[0], file.firstError, told.at(-1)]).toEqual([true, null, 'forget']);
  });

  it('is nowhere when none takes it, and fails with what the first one says', async () => {
    for (const name of ['first', 'near', 'far']) await putAway(name);
    await expect(newFile().create(NAME)).rejects.toMatchObject({ fault: 'unavailable' });
    expect(told.at(-1)).toBe('forget');
  });

  it('asks no other storage once it is not wanted any more', async () => {
    await putAway('first');
    const signal = AbortSignal.abort(new Error('canceled'));
    await expect(newFile().create(NAME, { signal })).rejects.toThrow('canceled');
    expect(told).toEqual([]);
  });
});
