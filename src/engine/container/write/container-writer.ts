import { Readable } from 'node:stream';
import { type Compression, compress } from '../zstd/compression';
import { encodeTrailer } from '../format/frame';
import type { Borrowed } from '../../bytes/borrowed';
import type { ByteSink } from '../../bytes/byte-sink';
import { FrameOutput } from './frame-output';
import { gather } from '../../bytes/gather';
import { releaseBytes } from '../../bytes/release-bytes';
import { createHeader, type OpenedHeader } from '../format/header';
import { IndexBudget } from '../format/index-budget';
import { FRAME_HEADER_BYTES, INDEX_STREAM_ID, TRAILER_BYTES } from '../format/layout';
import { type ContainerIndex, encodeIndex, encodeOffsets, type Manifest, type StreamEntry } from '../format/manifest';
import type { OperatorKey } from '../keys/operator-key';
import { sealStream } from './stream-sealer';

/** How much is read and compressed at once. */
const BLOCK_BYTES = 512 * 1024;

/** What a stream is, apart from its bytes. */
export interface StreamDescription {
  /** Unique within the file. */
  name: string;
  kind: StreamEntry['kind'];
  compression: Compression;
}

/** Bytes since the last report: as read, and as written. */
interface StreamProgress {
  plainBytes: number;
  storedBytes: number;
}

export interface WriteStreamOptions {
  signal?: AbortSignal;
  onProgress?: (delta: StreamProgress) => void;
  /** The chunks are large, and none changes before the second request after it: they need not be joined. */
  areBlocks?: boolean;
}

/** A finished container. */
export interface WrittenContainer {
  sizeBytes: number;
  index: ContainerIndex;
  /** UUID of the file. */
  fileId: string;
  /** Id of the key it is sealed with, 16 hex digits. */
  keyId: string;
}

/**
 * Writes a container in one forward pass (docs/format.md): header, then the frames of any number of streams at once, then
 * index and trailer. When a stream or the sink fails, the file is worth nothing: abort the other streams and discard it.
 */
export class ContainerWriter {
  readonly #names = new Set<string>();
  readonly #entries: StreamEntry[] = [];

  private constructor(
    private readonly output: FrameOutput,
    private readonly header: OpenedHeader,
    private readonly budget: IndexBudget,
  ) {}

  /**
   * Begins a container by writing its header.
   * @param key seals the file
   * @param options.expectedPlainBytes about how much will be written, so that a backup that cannot fit fails early
   */
  static async start(
    sink: ByteSink,
    key: OperatorKey,
    options: { expectedPlainBytes?: number } = {},
  ): Promise<ContainerWriter> {
    const output = new FrameOutput(sink);
    const { bytes, opened } = createHeader(key);
    await output.append(bytes);
    return new ContainerWriter(output, opened, new IndexBudget(options.expectedPlainBytes));
  }

  /**
   * Writes one stream to its end. Several may run at once; ids are given in the order of the calls.
   * @param plaintext a chunk has been copied when the next is asked for
   * @returns what the index will say of the stream
   * @throws ContainerError `index_too_large`; else whatever the plaintext, the signal or the sink fails with
   */
  async writeStream(
    description: StreamDescription,
    plaintext: AsyncIterable<Borrowed | Uint8Array>,
    options: WriteStreamOptions = {},
  ): Promise<StreamEntry> {
    const id = this.#claim(description.name);
    const { compression } = description;
    const { signal, onProgress, areBlocks = false } = options;
    let plainBytes = 0;
    let storedBytes = 0;
    const frameOffsets: number[] = [];
    const budget = this.budget;

    const measured = async function* () {
      for await (const chunk of areBlocks ? plaintext : gather(plaintext, BLOCK_BYTES)) {
        plainBytes += chunk.length;
        budget.addPlain(chunk.length);
        onProgress?.({ plainBytes: chunk.length, storedBytes: 0 });
        yield chunk;
      }
    };
    for await (const frame of sealStream(this.header, id, compress(compression, measured(), signal))) {
      signal?.throwIfAborted();
      frameOffsets.push(await this.output.append(frame));
      budget.addFrame();
      const frameBytes = frame.length - FRAME_HEADER_BYTES;
      storedBytes += frameBytes;
      onProgress?.({ plainBytes: 0, storedBytes: frameBytes });
      releaseBytes(frame);
    }

    const entry: StreamEntry = {
      id,
      name: description.name,
      kind: description.kind,
      compression: compression.algorithm,
      plain_size: plainBytes,
      stored_size: storedBytes,
      segments: frameOffsets.length,
      frame_offsets: encodeOffsets(frameOffsets),
    };
    this.#entries.push(entry);
    return entry;
  }

  /**
   * Writes index and trailer. The sink has the whole file when this resolves; making it durable is the sink's part.
   * @throws ContainerError `index_mismatch` for a manifest no reader would take, `index_too_large`
   */
  async finish(manifest: Manifest): Promise<WrittenContainer> {
    if (this.#entries.length !== this.#names.size)
      throw new Error('A stream of this container is unfinished or has failed.');
    const streams = this.#entries.toSorted((a, b) => a.id - b.id);
    const { index, plaintext } = encodeIndex(manifest, streams);
    const indexOffset = this.output.positionBytes;
    for await (const frame of sealStream(this.header, INDEX_STREAM_ID, Readable.from([plaintext]))) {
      await this.output.append(frame);
    }
    const sizeBytes = this.output.positionBytes + TRAILER_BYTES;
    await this.output.append(encodeTrailer(indexOffset, sizeBytes));
    return { sizeBytes, index, fileId: this.header.fileId, keyId: this.header.keyId };
  }

  #claim(name: string): number {
    const id = this.#names.size;
    if (this.#names.has(name)) throw new Error(`The container already has a stream ${name}.`);
    if (id >= INDEX_STREAM_ID) throw new Error('The container cannot have more streams.');
    this.#names.add(name);
    return id;
  }
}
