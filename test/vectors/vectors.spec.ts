import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openContainer } from '../../src/engine/container/read/container-reader';
import { verifyForward } from '../../src/engine/container/read/forward-reader';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { parseOperatorKey } from '../../src/engine/container/keys/operator-key';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { verifyContainer } from '../../src/engine/container/read/verify-container';
import { chunksOf, collect } from '../support/containers';

const vectors = [
  {
    file: 'golden.bscc',
    key: '7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317',
    keyId: '5b9ba1a413782112',
    sha256: 'ed83bcac1fdf3fdad221b04c8fe9ea9e3224e089de04a38a1e67e359aaf4e776',
    streams: ['schema', 'data/0', 'data/1'],
  },
  {
    file: 'small.bscc',
    key: 'a passphrase of more than 32 bytes, for tests only',
    keyId: 'ed42615ed7afbec0',
    sha256: '08608c3802759250176e3245c260a15189fc07f1dd59e28d8cb2c4773b74fa38',
    streams: ['schema', 'data/0', 'data/1', 'files'],
  },
  {
    file: 'rows.bscc',
    key: 'a passphrase of more than 32 bytes, for tests only',
    keyId: 'ed42615ed7afbec0',
    sha256: '170f229d71af73de64621373418bb2217508b34c41846ea970fc43e715adfbb4',
    streams: ['schema', 'rows/7', 'rows/0', 'rows/1'],
  },
];

describe.each(vectors)('the golden container $file', ({ file, key, keyId, sha256, streams }) => {
  const bytes = readFileSync(join(__dirname, file));
  const ring = new KeyRing(parseOperatorKey(key));

  it('is the file that was checked in', () => {
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('verifies', async () => {
    const verified = await verifyContainer(bufferSource(bytes), ring);
    expect(verified).toMatchObject({ keyId, sha256 });
    expect(verified.index.streams.map(({ name }) => name)).toEqual(streams);
  });

  it('is authenticated as it arrives', async () => {
    await expect(verifyForward(chunksOf(bytes, 1000), ring)).resolves.toMatchObject({
      keyId,
      sha256,
      sizeBytes: bytes.length,
    });
  });

  it('gives all its streams', async () => {
    const reader = await openContainer(bufferSource(bytes), ring);
    for (const { name, plain_size: sizeBytes, plain_sha256: digest } of reader.index.streams) {
      const plain = await collect(reader.readStream(name));
      expect(plain).toHaveLength(sizeBytes);
      if (digest !== undefined) expect(createHash('sha256').update(plain).digest('hex')).toBe(digest);
    }
  });
});

it('finds in golden.bscc the archives that its writer put there', async () => {
  const bytes = readFileSync(join(__dirname, 'golden.bscc'));
  const reader = await openContainer(bufferSource(bytes), new KeyRing(parseOperatorKey(vectors[0]!.key)));
  for (const name of ['schema', 'data/0', 'data/1']) {
    const archive = await collect(reader.readStream(name));
    expect(archive.toString('latin1', 0, 5)).toBe('PGDMP');
  }
});

it.each(['small', 'rows'])('makes %s.bscc again, byte for byte', (name) => {
  const made = execFileSync(process.execPath, [join(__dirname, `make-${name}.mjs`)]);
  expect(made.equals(readFileSync(join(__dirname, `${name}.bscc`)))).toBe(true);
});
