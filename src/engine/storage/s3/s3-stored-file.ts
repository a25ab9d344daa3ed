import { Readable } from 'node:stream';
import { ContainerError } from '../../container/format/container-error';
import { type StoredFile, StorageError } from '../storage';
import { BlockCache } from './block-cache';
import type { S3Bucket } from './s3-bucket';
import { readObject, type S3Version } from './s3-object';

/** A read that begins so near behind an earlier one goes on from there: other streams lie between the pieces of one. */
const NEAR_BYTES = 16 * 1024 * 1024;
/** Ends of earlier reads that are remembered. */
const ENDS = 16;
/** More at once is not worth blocks. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** One version of an object, open for reading. */
export class S3StoredFile implements StoredFile {
  private readonly closing = new AbortController();
  private readonly blocks: BlockCache;
  private readonly ends: number[] = [];

  constructor(
    private readonly bucket: S3Bucket,
    private readonly object: S3Version,
    readonly version: string,
  ) {
    this.blocks = new BlockCache(object.sizeBytes, (start, end) => this.fetch(start, end));
  }

  get sizeBytes(): number {
    return this.object.sizeBytes;
  }

  /** A single small read costs a request for just that; those that follow each other are served from larger pieces. */
  async read(position: number, lengthBytes: number): Promise<Buffer> {
    const end = position + lengthBytes;
    if (end > this.sizeBytes) {
      throw new ContainerError('truncated', 'The file is shorter than it was when it was opened.', {
        offset: this.sizeBytes,
      });
    }
    if (this.closing.signal.aborted) throw new StorageError('unavailable', { said: 'the file was closed' });
    const goesOn = this.ends.some((earlier) => position >= earlier && position - earlier < NEAR_BYTES);
    this.ends.push(end);
    if (this.ends.length > ENDS) this.ends.shift();
    if (lengthBytes === 0) return Buffer.alloc(0);
    if (!goesOn || lengthBytes > LARGE_BYTES) return this.fetch(position, end - 1);
    const target = Buffer.allocUnsafeSlow(lengthBytes);
    await this.blocks.read(position, target);
    return target;
  }

  /** One request, however large the object is. */
  readonly readOn = (start: number): AsyncIterable<Buffer> => this.chunks(start, this.sizeBytes - 1);

  createReadStream({ start = 0, end = this.sizeBytes - 1 }: { start?: number; end?: number } = {}): Readable {
    return Readable.from(this.chunks(start, end), { objectMode: false });
  }

  close(): Promise<void> {
    this.closing.abort();
    this.blocks.clear();
    return Promise.resolve();
  }

  private chunks(start: number, end: number): AsyncIterable<Buffer> {
    return readObject(this.bucket, this.object, { start, end }, this.closing.signal);
  }

  private async fetch(start: number, end: number): Promise<Buffer> {
    const target = Buffer.allocUnsafeSlow(end - start + 1);
    let done = 0;
    for await (const chunk of this.chunks(start, end)) {
      done += chunk.copy(target, done);
    }
    return target;
  }
}
