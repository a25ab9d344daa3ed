import { rekeyObjects } from '../../src/cli/container/rekey-objects';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import type { S3Place } from '../../src/engine/storage/s3/s3-place';
import { S3Storage } from '../../src/engine/storage/s3/s3-storage';
import { testKey } from './containers';

/** A process that rekeys a place in S3 from test key 1 to test key 2, for a test that kills it. */
async function main(place: S3Place): Promise<void> {
  const objects = { storage: new S3Storage(place), place: '', only: undefined, removesOld: false };
  for await (const { file, result } of rekeyObjects(objects, new KeyRing(testKey(2), [testKey(1)]))) {
    process.stdout.write(`${result} ${file}\n`);
  }
}

void main(JSON.parse(process.argv[2] ?? '') as S3Place);
