import { testKey } from '../../../../test/support/containers';
import { KeyRing } from './key-ring';

describe('KeyRing', () => {
  const ring = new KeyRing(testKey(1), [testKey(2), testKey(1), testKey(3)]);

  it('finds current and previous keys by id', () => {
    expect(ring.find(testKey(1).id)?.material).toEqual(testKey(1).material);
    expect(ring.find(testKey(3).id)?.material).toEqual(testKey(3).material);
    expect(ring.find(testKey(4).id)).toBeUndefined();
  });

  it('names each key once, the current one first', () => {
    expect(ring.ids()).toEqual([testKey(1).id, testKey(2).id, testKey(3).id]);
  });
});
