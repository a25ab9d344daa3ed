import { StorageError, type StoredFile } from '../../engine/storage/storage';
import { KeysOfFiles } from './keys-of-files';

/** A storage that gives no file, and counts how often it was asked. */
function storageThat(answer: (name: string) => Promise<StoredFile>) {
  const asked: string[] = [];
  const open = (name: string): Promise<StoredFile> => {
    asked.push(name);
    return answer(name);
  };
  return { storage: { open }, asked };
}

describe('the keys that files need', () => {
  it('are those of the rows for files that are not there to be read, and none for those that are gone', async () => {
    const { storage, asked } = storageThat((name) =>
      Promise.reject(new StorageError(name === 'gone' ? 'missing' : 'unavailable')),
    );
    const keys = new KeysOfFiles(storage);
    const found = [];
    for (const name of [null, 'gone', 'one', 'two', 'gone', 'three']) found.push(await keys.of(name, 'known'));
    expect(found).toEqual([undefined, undefined, 'known', 'known', 'known', 'known']);
    expect(asked).toEqual(['gone', 'one', 'two']);
  });

  it('are not waited for when the storage is silent', async () => {
    const { storage, asked } = storageThat(() => new Promise(() => undefined));
    const keys = new KeysOfFiles(storage, 20);
    expect([await keys.of('one', 'known'), await keys.of('two', 'known')]).toEqual(['known', 'known']);
    expect(asked).toEqual(['one']);
  });
});
