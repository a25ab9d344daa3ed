import { Readable } from 'node:stream';
import { type Borrowed, copyOf } from '../../src/engine/bytes/borrowed';
import type { Compression } from '../../src/engine/container/zstd/compression';
import { type StreamDescription, ContainerWriter } from '../../src/engine/container/write/container-writer';
import type { ByteSink } from '../../src/engine/bytes/byte-sink';
import { KeyRing } from '../../src/engine/container/keys/key-ring';
import type { Manifest } from '../../src/engine/container/format/manifest';
import { OperatorKey } from '../../src/engine/container/keys/operator-key';

/** A key for tests, always the same for the same number. */
export function testKey(number = 1): OperatorKey {
  return new OperatorKey(Buffer.alloc(32, number));
}

/** The text of `testKey()` as an operator writes it. */
export const TEST_KEY = '01'.repeat(32);

export const testRing = new KeyRing(testKey());

export const ZSTD: Compression = { algorithm: 'zstd', level: 1 };
export const PLAIN: Compression = { algorithm: 'none' };

/** A manifest that any reader takes. */
export function testManifest(changes: Partial<Manifest> = {}): Manifest {
  return {
    created_at: '2026-02-03T04:05:06Z',
    app: { name: 'test', version: '0' },
    scope: ['ALL'],
    includes_files: false,
    database: {
      engine: 'postgres',
      server_version: '15.0',
      server_version_num: 150000,
      name: 'scc',
      encoding: 'UTF8',
      size_bytes: 0,
    },
    tools: { pg_dump: '15.0' },
    extensions: [],
    roles: [],
    not_included: [],
    tables: [],
    entity_counts: {},
    ...changes,
  };
}

/** Keeps what is written, and notices a writer that does not wait for its turn. */
export class MemorySink implements ByteSink {
  readonly #pieces: Uint8Array[] = [];
  #isWriting = false;

  async write(bytes: Borrowed): Promise<void> {
    if (this.#isWriting) throw new Error('Two writes at once.');
    this.#isWriting = true;
    await new Promise(setImmediate);
    this.#pieces.push(copyOf(bytes));
    this.#isWriting = false;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** One stream of a test container. */
export interface TestStream {
  name: string;
  kind?: StreamDescription['kind'];
  compression?: Compression;
  plain: Buffer;
  /** How the plaintext arrives. */
  chunkBytes?: number;
}

/** A container with these streams, written all at once. */
export async function containerOf(streams: readonly TestStream[], key = testKey()): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = await ContainerWriter.start(sink, key);
  await Promise.all(
    streams.map(({ name, kind = 'data', compression = ZSTD, plain, chunkBytes = 65_536 }) =>
      writer.writeStream({ name, kind, compression }, chunksOf(plain, chunkBytes)),
    ),
  );
  await writer.finish(testManifest(rowsOf(streams)));
  return sink.bytes();
}

/** What an index says of streams of rows: each is a table of its own. */
function rowsOf(streams: readonly TestStream[]): Partial<Manifest> {
  const rows = streams.filter(({ kind }) => kind === 'rows');
  if (rows.length === 0) return {};
  const tables = rows.map(({ name: stream, plain }) => {
    const lines = plain.toString('latin1').split('\n').length - 1;
    const parts = [{ stream, offset: 0, size: plain.length, rows: lines }];
    return { schema: 'public', name: stream, rows: lines, bytes: 0, columns: ['id'], parts };
  });
  return { tables, sequences: [] };
}

export function chunksOf(bytes: Buffer, chunkBytes: number): AsyncIterable<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  return Readable.from(chunks);
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}
