import { Readable } from 'node:stream';
import type { RandomSource } from '../../engine/container/format/random-source';
import { StorageError, type StoredFile } from '../../engine/storage/storage';

/** The file of a backup, opened in one of the storages that have it. */
export interface PlacedSource {
  /** Name of the storage. */
  readonly storage: string;
  readonly file: StoredFile;
}

/** Told when reading goes on from another storage, and why the former one was left. */
export type OnNext = (error: unknown, from: PlacedSource, to: PlacedSource) => void;

/**
 * The file of a backup, which several storages have with the same bytes. When one of them fails in the middle of a read, that read
 * and all that come later go on from the next one, at the same byte.
 */
export class PlacedFile implements StoredFile {
  private readonly opened: PlacedSource[];
  /** Readers that fail together wait for one change. */
  private changing: Promise<PlacedSource> | undefined;
  private firstError: { readonly error: unknown } | undefined;
  private closing: Promise<void> | undefined;

  /** @param others opens the next storage that gives the file, when it is asked for it */
  constructor(
    private current: PlacedSource,
    private readonly others: AsyncIterator<PlacedSource, void, undefined>,
    private readonly onNext: OnNext,
  ) {
    this.opened = [current];
  }

  /** The same in all storages. */
  get sizeBytes(): number {
    return this.current.file.sizeBytes;
  }

  /** Of the storage that is read now. */
  get version(): string {
    return this.current.file.version;
  }

  async read(position: number, lengthBytes: number): Promise<Buffer> {
    // What lies behind the end is in no storage.
    if (position + lengthBytes > this.sizeBytes) return this.current.file.read(position, lengthBytes);
    return this.fromOneThatGives(({ file }) => file.read(position, lengthBytes));
  }

  get readOn(): RandomSource['readOn'] {
    if (this.current.file.readOn === undefined) return undefined;
    return (start) => this.chunks(start, this.sizeBytes - 1);
  }

  createReadStream({ start = 0, end = this.sizeBytes - 1 }: { start?: number; end?: number } = {}): Readable {
    return Readable.from(this.chunks(start, end), { objectMode: false });
  }

  /** Also what is being opened: it waits for that. */
  async close(): Promise<void> {
    this.closing ??= this.closeAll();
    await this.closing;
  }

  /** Nothing is yielded within what is tried again: what a consumer throws is not a failure of a storage. */
  private async *chunks(start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    const range = new RangeInTurn(start, end);
    try {
      while (range.position <= end) yield await this.fromOneThatGives((source) => range.next(source));
    } finally {
      range.stop();
    }
  }

  /** @throws the error of the first storage that failed, when none is left */
  private async fromOneThatGives<T>(read: (source: PlacedSource) => Promise<T>): Promise<T> {
    for (let source = this.current; ;) {
      try {
        return await read(source);
      } catch (error) {
        source = await this.after(source, error);
      }
    }
  }

  private async after(failed: PlacedSource, error: unknown): Promise<PlacedSource> {
    if (this.closing !== undefined) throw error;
    this.firstError ??= { error };
    // Another reader has found out before.
    if (failed !== this.current) return this.current;
    this.changing ??= this.change(failed, error).finally(() => (this.changing = undefined));
    return this.changing;
  }

  private async change(failed: PlacedSource, error: unknown): Promise<PlacedSource> {
    const next = await this.next();
    if (next === undefined) throw this.firstError?.error ?? error;
    this.opened.push(next);
    this.current = next;
    this.onNext(error, failed, next);
    return next;
  }

  /** That no further one can be looked for says less than why it is. */
  private async next(): Promise<PlacedSource | undefined> {
    const { value } = await this.others.next().catch(() => ({ value: undefined }));
    return value ?? undefined;
  }

  private async closeAll(): Promise<void> {
    await this.changing?.catch(() => undefined);
    await Promise.all(this.opened.map(({ file }) => file.close()));
  }
}

/** A range as a stream that changes its source between two chunks. */
class RangeInTurn {
  private running:
    { readonly of: PlacedSource; readonly readable: Readable; readonly chunks: AsyncIterator<unknown> } | undefined;

  constructor(
    /** Of the next byte. */
    public position: number,
    private readonly end: number,
  ) {}

  async next(source: PlacedSource): Promise<Buffer> {
    const step: IteratorResult<unknown, unknown> = await this.chunksOf(source).next();
    const { value } = step;
    if (!Buffer.isBuffer(value)) throw new StorageError('changed', { said: 'the file ended too early' });
    this.position += value.length;
    return value;
  }

  stop(): void {
    this.running?.readable.destroy();
  }

  private chunksOf(source: PlacedSource): AsyncIterator<unknown> {
    if (this.running?.of === source) return this.running.chunks;
    this.stop();
    const readable = source.file.createReadStream({ start: this.position, end: this.end });
    const chunks = readable[Symbol.asyncIterator]();
    this.running = { of: source, readable, chunks };
    return chunks;
  }
}
