import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerWriter } from '../../src/engine/container/write/container-writer';
import { LocalStorage } from '../../src/engine/storage/local-storage';
import { PLAIN, testKey, testManifest } from '../support/containers';
import type { JsonClient } from '../support/json-client';
import { memoryOf, resetPeakOf } from '../support/process-memory';
import { killedService, type KilledService } from './killed-service';

const FILE = 'large.bscc';
const MEBIBYTE = 1_048_576;
const FILE_MEBIBYTES = 300;
/** Buffers in use and garbage take some 25 MB. A service that keeps the chunks takes the size of the file. */
const ALLOWANCE_BYTES = 64 * MEBIBYTE;

describe('memory of the service', () => {
  let directory: string;
  let service: KilledService;
  let client: JsonClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-transfer-'));
    await makeContainer(directory);
    service = await killedService({}, { demo: false });
    client = await service.start();
  });
  afterAll(async () => {
    await service.remove();
    await rm(directory, { recursive: true, force: true });
  });

  /** Growth of the peak while a client polls the list, bytes. */
  async function grownBy(work: () => Promise<void>): Promise<number> {
    for (let i = 0; i < 20; i += 1) await client.get('/backups');
    const pid = service.pid ?? 0;
    await resetPeakOf(pid);
    const before = await memoryOf(pid, 'VmRSS');
    const done = new AbortController();
    const asking = (async () => {
      while (!done.signal.aborted) await client.get('/backups');
    })();
    await work().finally(() => done.abort());
    await asking;
    return (await memoryOf(pid, 'VmHWM')) - before;
  }

  it('does not grow with the size of an imported or downloaded file, and every byte arrives', async () => {
    let item = { id: 0, checksum: '' };
    const forImport = await grownBy(async () => {
      const response = await client.upload(createReadStream(join(directory, FILE), { highWaterMark: MEBIBYTE }));
      expect(response.status).toBe(201);
      ({ item } = (await response.json()) as { item: typeof item });
    });
    expect(forImport).toBeLessThan(ALLOWANCE_BYTES);
    const forDownload = await grownBy(async () => {
      const response = await client.fetch('GET', `/backups/${item.id}/download`);
      const digest = createHash('sha256');
      for await (const chunk of response.body ?? []) {
        digest.update(chunk as Uint8Array);
        // A client that is slower than the storage: bytes wait on their way, and must stay what they are.
        for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      }
      expect(digest.digest('hex')).toBe(item.checksum);
    });
    expect(forDownload).toBeLessThan(ALLOWANCE_BYTES);
  });
});

/** A container of random bytes, which compress to nothing less. */
async function makeContainer(directory: string): Promise<void> {
  const noise = async function* () {
    for (let i = 0; i < FILE_MEBIBYTES; i += 1) {
      await new Promise(setImmediate);
      yield randomBytes(MEBIBYTE);
    }
  };
  const pending = await new LocalStorage(directory).create(FILE);
  const writer = await ContainerWriter.start(pending, testKey());
  await writer.writeStream({ name: 'schema', kind: 'schema', compression: PLAIN }, noise());
  await writer.finish(testManifest());
  await pending.publish();
}
