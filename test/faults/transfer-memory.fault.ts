import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { look } from '../../src/engine/bytes/borrowed';
import type { ByteSink } from '../../src/engine/bytes/byte-sink';
import { ContainerWriter } from '../../src/engine/container/write/container-writer';
import { PLAIN, testKey, testManifest } from '../support/containers';
import type { JsonClient } from '../support/json-client';
import { memoryOf, resetPeakOf } from '../support/process-memory';
import { killedService, type KilledService } from './killed-service';

const MEBIBYTE = 1_048_576;
const FILE_MEBIBYTES = 300;
/** Buffers that are in use, and what waits for the collector: some 25 MB. A service that keeps what has passed takes the whole file. */
const ALLOWANCE_BYTES = 64 * MEBIBYTE;

describe('memory of the service', () => {
  let directory: string;
  let file: string;
  let service: KilledService;
  let client: JsonClient;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-transfer-'));
    file = join(directory, 'large.bscc');
    await makeContainer(file);
    service = await killedService({}, { demo: false });
    client = await service.start();
  });
  afterAll(async () => {
    await service.remove();
    await rm(directory, { recursive: true, force: true });
  });

  /** How much more it took than before, while a page asked for the list again and again. */
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

  it('does not grow with the file that is imported, nor with the one that is downloaded', async () => {
    let id = 0;
    const forImport = await grownBy(async () => {
      const response = await client.upload(createReadStream(file, { highWaterMark: MEBIBYTE }));
      expect(response.status).toBe(201);
      ({
        item: { id },
      } = (await response.json()) as { item: { id: number } });
    });
    expect(forImport).toBeLessThan(ALLOWANCE_BYTES);
    const forDownload = await grownBy(async () => {
      const response = await client.fetch('GET', `/backups/${id}/download`);
      let bytes = 0;
      for await (const chunk of response.body ?? []) bytes += (chunk as Uint8Array).length;
      expect(bytes).toBeGreaterThan(FILE_MEBIBYTES * MEBIBYTE);
    });
    expect(forDownload).toBeLessThan(ALLOWANCE_BYTES);
  });
});

/** Of bytes that nothing compresses. */
async function makeContainer(path: string): Promise<void> {
  const handle = await open(path, 'w');
  const noise = async function* () {
    for (let i = 0; i < FILE_MEBIBYTES; i += 1) {
      await new Promise(setImmediate);
      yield randomBytes(MEBIBYTE);
    }
  };
  try {
    const sink: ByteSink = {
      write: async (bytes) => {
        await handle.write(look(bytes));
      },
    };
    const writer = await ContainerWriter.start(sink, testKey());
    await writer.writeStream({ name: 'schema', kind: 'schema', compression: PLAIN }, noise());
    await writer.finish(testManifest());
  } finally {
    await handle.close();
  }
}
