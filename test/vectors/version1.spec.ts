import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackup, verifyBackup } from '../../src/engine/backup/open-backup';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { parseOperatorKey } from '../../src/engine/container/keys/operator-key';
import { bufferSource } from '../../src/engine/container/format/random-source';
import { collect } from '../support/containers';

describe('a golden file of version 1', () => {
  const bytes = readFileSync(join(__dirname, 'version1.bscc'));
  const key = parseOperatorKey('7f3c2a9d5e1b48f6a0c4d8e2b6f1937a5c0e4d8b2f6a1937c5e0d4b8f2a69317');
  const ring = new KeyRing(parseOperatorKey('00'.repeat(32)), [key]);
  const faultOf = async (changed: Buffer): Promise<string> => {
    try {
      await verifyBackup(bufferSource(changed), ring, {});
      return 'none';
    } catch (error) {
      return (error as { fault?: string }).fault ?? String(error);
    }
  };

  it('opens with any key of the ring, and says what it holds', async () => {
    const reader = await openBackup(bufferSource(bytes), ring);
    expect(reader.keyId).toBe(key.id);
    expect(reader.index).toMatchObject({
      format: 1,
      label: 'SAMPLE',
      scope: ['ALL'],
      app: { version: '1.0.3' },
      database: { schema_version: 24 },
    });
    expect((await collect(reader.readStream('dump'))).subarray(0, 5).toString()).toBe('PGDMP');
  });

  it('is refused when it is cut anywhere', async () => {
    for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 997) {
      expect([length, await faultOf(bytes.subarray(0, length))]).not.toEqual([length, 'none']);
    }
    expect(await faultOf(bytes.subarray(0, bytes.length - 1))).toBe('truncated');
  });

  it('is refused when any byte is changed, but for the unused ones of the nonce', async () => {
    const UNUSED = [15, 16, 17, 18];
    for (let at = 0; at < bytes.length; at += at < 64 ? 1 : 499) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const expected = (UNUSED.includes(at) ? expect.any(String) : expect.not.stringMatching(/^none$/)) as unknown;
      expect([at, await faultOf(changed)]).toEqual([at, expected]);
    }
  });

  it('is refused when something follows it, or a length says too much', async () => {
    expect(await faultOf(Buffer.concat([bytes, Buffer.alloc(4)]))).toBe('corrupted');
    const huge = Buffer.from(bytes);
    huge.writeUInt32BE(0xffffffff, 23);
    expect(await faultOf(huge)).toBe('corrupted');
  });

  it('says so when no key opens it', async () => {
    const wrong = new KeyRing(parseOperatorKey('11'.repeat(32)));
    await expect(openBackup(bufferSource(bytes), wrong)).rejects.toMatchObject({ fault: 'key_not_in_ring' });
  });
});
