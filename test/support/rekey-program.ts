import { rekey } from '../../src/cli/container/rekey';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import { testKey } from './containers';

/** A process that rekeys a directory from test key 1 to test key 2, for a test that kills it. */
async function main(directory: string): Promise<void> {
  for await (const { file, result } of rekey(directory, new KeyRing(testKey(2), [testKey(1)]))) {
    process.stdout.write(`${result} ${file}\n`);
  }
}

void main(process.argv[2] ?? '');
