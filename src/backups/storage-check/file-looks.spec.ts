import { type FileState, StorageError } from '../../engine/storage/storage';
import { FileLooks } from './file-looks';

/** A storage that answers by name: a size, `undefined` for no file, or a fault. */
function looksAt(answers: Readonly<Record<string, number | undefined | StorageError>>) {
  const asked: string[] = [];
  const complaints: number[] = [];
  const stat = (name: string): Promise<FileState | undefined> => {
    asked.push(name);
    const answer = answers[name];
    if (answer instanceof StorageError) return Promise.reject(answer);
    return Promise.resolve(
      answer === undefined ? undefined : { sizeBytes: answer, modifiedAt: new Date(0), version: '' },
    );
  };
  const looks = new FileLooks({ stat }, (_, id) => complaints.push(id));
  return { looks, asked, complaints };
}

const backup = (id: number, storageName: string | null, fileFault: 'missing' | null = null) => ({
  id,
  storageName,
  sizeBytes: 7,
  fileFault,
  damagedVersion: null,
  firstError: null,
  firstExpiry: null,
});
const away = new StorageError('unavailable');

describe('a look at the files of backups', () => {
  it('says what is wrong with each', async () => {
    const { looks } = looksAt({ good: 7, cut: 3, bad: new StorageError('bad_name') });
    const found = ['good', 'cut', 'gone', 'bad', null].map((name) => looks.faultOf(backup(1, name, 'missing')));
    expect(await Promise.all(found)).toEqual([null, 'changed', 'missing', 'missing', 'missing']);
    // The size of a file does not disprove what was found by reading it.
    const read = ['good', 'cut', 'gone'].map((name) => looks.faultOf({ ...backup(1, name), damagedVersion: 'x' }));
    expect(await Promise.all(read)).toEqual(['damaged', 'changed', 'missing']);
    const awaited = looks.faultOf({ ...backup(1, 'gone'), firstError: 'backups.no_space' });
    expect(await awaited).toBeNull();
    looks.throwIfAway();
  });

  it('asks no more after two in a row that cannot be looked at, and leaves the rest as it was', async () => {
    const { looks, asked, complaints } = looksAt({
      one: away,
      two: away,
      'berkut-no-such-file': away,
      three: 3,
      four: undefined,
    });
    const names = ['one', 'two', 'three', 'four'];
    const found = [];
    for (const [i, name] of names.entries())
      found.push(await looks.faultOf(backup(i + 1, name, i % 2 === 0 ? 'missing' : null)));
    expect(found).toEqual(['missing', null, 'missing', null]);
    expect([asked, complaints]).toEqual([['one', 'two', 'berkut-no-such-file'], [1]]);
    expect(() => looks.throwIfAway()).toThrow(away);
  });

  it('goes on after neighbours that cannot be looked at, while the storage answers', async () => {
    const { looks, complaints } = looksAt({ one: away, two: away, three: away, four: 3 });
    const found = [];
    for (const [i, name] of ['one', 'two', 'three', 'four'].entries()) found.push(await looks.look(backup(i, name)));
    expect([found, complaints]).toEqual([
      [undefined, undefined, undefined, 'changed'],
      [0, 1, 2],
    ]);
    looks.throwIfAway();
  });

  it('goes on after a file that cannot be looked at alone', async () => {
    const { looks, asked, complaints } = looksAt({ damaged: away, good: 7, cut: 3 });
    const found = [];
    for (const name of ['damaged', 'good', 'damaged', 'cut']) found.push(await looks.faultOf(backup(4, name)));
    expect([found, asked.length, complaints.length]).toEqual([[null, null, null, 'changed'], 4, 2]);
    looks.throwIfAway();
  });
});
