import { zstdCompressSync } from 'node:zlib';
import { bufferSource } from '../format/random-source';
import { openContainer } from './container-reader';
import { verifyForward } from './forward-reader';
import { chunksOf, containerOf, PLAIN, testKey, testRing, ZSTD } from '../../../../test/support/containers';
import { withIndex, withStream } from '../../../../test/support/forged-container';

const MEBIBYTE = 1024 * 1024;

/** A stream of zeros that says of itself what is true, but for its digest. */
async function zeros(plainBytes: number): Promise<Buffer> {
  const stored = zstdCompressSync(Buffer.alloc(plainBytes));
  const file = await containerOf([{ name: 'data/0', compression: PLAIN, plain: stored }], testKey(1));
  return withIndex(file, (index) =>
    withStream(index, { compression: 'zstd', plain_size: plainBytes, plain_sha256: '0'.repeat(64) }),
  );
}

describe('a file that was made to harm its reader', () => {
  it('is refused when a stream unfolds to far more than was stored, whatever its index says', async () => {
    const reading = verifyForward(chunksOf(await zeros(300 * MEBIBYTE), MEBIBYTE), testRing);
    await expect(reading).rejects.toMatchObject({
      fault: 'index_mismatch',
      message: 'Stream 0 unfolds to more than it may.',
    });
  });

  it('is taken apart as far as its index says, where little is stored', async () => {
    const reading = verifyForward(chunksOf(await zeros(100 * MEBIBYTE), MEBIBYTE), testRing);
    await expect(reading).rejects.toMatchObject({ fault: 'digest_mismatch' });
  });

  it.each<[string, object]>([
    ['an extension', { extensions: [{ name: 'e'.repeat(64), version: '1' }] }],
    ['a label', { label: 'l'.repeat(256) }],
    ['a scope', { scope: ['s'.repeat(65)] }],
    ['a role', { roles: ['r'.repeat(256)] }],
    ['a view', { views: [{ schema: 'public', name: 'v'.repeat(256), is_populated: true }] }],
    ['a table', { tables: [{ schema: 'public', name: 't'.repeat(256), rows: 0, bytes: 0 }] }],
    ['a sentence', { not_included: ['n'.repeat(8_193)] }],
    ['the null character', { label: 'a\0b' }],
    ['half a surrogate pair', { label: 'a\ud800b' }],
    ['the null character in a key', { entity_counts: { 'a\0b': 1 } }],
  ])('has no index when %s in it is too long or cannot be stored', async (_, members) => {
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', compression: ZSTD, plain: Buffer.from('x') }],
      testKey(1),
    );
    const forged = await withIndex(file, (index) => ({ ...index, ...members }));
    await expect(openContainer(bufferSource(forged), testRing)).rejects.toMatchObject({ fault: 'index_mismatch' });
  });

  it.each<[string, 'schema' | 'data' | 'files']>([
    ['../../etc/passwd', 'data'],
    ['data/../../x', 'data'],
    ['data/00', 'data'],
    ['data/0\n', 'data'],
    ['data/', 'data'],
    ['DATA/0', 'data'],
    ['a\u202eb', 'schema'],
    ['schema', 'data'],
    ['files', 'schema'],
    ['', 'files'],
  ])('has no index when a stream is called %j and is of the kind %s', async (name, kind) => {
    const file = await containerOf([{ name: 'data/0', compression: ZSTD, plain: Buffer.from('x') }], testKey(1));
    const forged = await withIndex(file, (index) => withStream(index, { name, kind }));
    await expect(openContainer(bufferSource(forged), testRing)).rejects.toMatchObject({ fault: 'index_mismatch' });
    await expect(verifyForward(chunksOf(forged, 100), testRing)).rejects.toMatchObject({ fault: 'index_mismatch' });
  });
});
