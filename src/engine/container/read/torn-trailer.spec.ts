import { faultOf, READERS } from '../../../../test/support/container-readers';
import { containerOf, testKey, ZSTD } from '../../../../test/support/containers';
import { TRAILER_BYTES } from '../format/layout';

describe.each(Object.entries(READERS))('a file whose end was not written, read by %s', (_, read) => {
  it('is not complete, rather than one that cannot be decrypted', async () => {
    const plain = Buffer.from('content');
    const file = await containerOf([{ name: 'schema', kind: 'schema', compression: ZSTD, plain }], testKey(1));
    for (let torn = 1; torn <= TRAILER_BYTES; torn += 1) {
      const zeros = Buffer.concat([file.subarray(0, file.length - torn), Buffer.alloc(torn)]);
      expect([torn, await faultOf(read, zeros)]).toEqual([torn, 'truncated']);
    }
  });
});
