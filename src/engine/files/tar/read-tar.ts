import { ByteCursor } from '../../bytes/byte-cursor';
import { FilesError } from './files-error';
import { type Attributes, BLOCK_BYTES, checksumOf, paddingBytes, type TarEntry, TOP_DIRECTORY } from './tar-entry';
import { ExtendedHeader, headerOf, recordsOf, topDirectoryOf } from './tar-headers';

/** No real file has longer names or other extended values, which are in memory whole. */
const MAX_EXTENDED_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** What an archive says first of the directory that it was made of, or one of its entries. */
export type TarItem =
  | { readonly kind: 'top'; readonly attributes: Attributes }
  | { readonly kind: 'entry'; readonly entry: TarEntry; readonly body: AsyncIterable<Buffer> };

/**
 * The entries of a POSIX tar, with extended headers (pax) and GNU's long names. What is left of an entry's body is passed over
 * when the next one is asked for.
 *
 * @throws FilesError `refused` when it is no such archive, ends early, or holds an entry of another type; what `chunks` throws
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarItem, void, undefined> {
  const cursor = new ByteCursor(chunks);
  try {
    let extended = new ExtendedHeader();
    for (let block = await nextHeader(cursor); block !== undefined; block = await nextHeader(cursor)) {
      const { flag, sizeBytes } = headerOf(block);
      if ('gxLK'.includes(flag)) {
        const value = await extendedValue(cursor, sizeBytes);
        if (flag === 'g') {
          const attributes = topDirectoryOf(recordsOf(value).get(TOP_DIRECTORY));
          if (attributes !== undefined) yield { kind: 'top', attributes };
        } else extended.add(flag, value);
        continue;
      }
      const entry = extended.entryOf(block);
      extended = new ExtendedHeader();
      const body = new Body(cursor, entry.sizeBytes);
      yield { kind: 'entry', entry, body };
      await body.skip();
    }
    // Only at its end does the source know that all of its bytes were right.
    while ((await cursor.take(CHUNK_BYTES)).length > 0);
  } finally {
    await cursor.close();
  }
}

/** @returns `undefined` at the end of the archive */
async function nextHeader(cursor: ByteCursor): Promise<Buffer | undefined> {
  const block = await whole(cursor, BLOCK_BYTES);
  if (block.every((byte) => byte === 0)) return undefined;
  const said = Number.parseInt(block.toString('latin1', 148, 156).replaceAll('\0', ' ').trim(), 8);
  if (said !== checksumOf(block)) throw new FilesError('refused', 'The archive is not a valid tar.');
  return block;
}

async function extendedValue(cursor: ByteCursor, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes > MAX_EXTENDED_BYTES) throw new FilesError('refused', 'The archive holds an oversized header.');
  const value = Buffer.from(await whole(cursor, sizeBytes));
  await whole(cursor, paddingBytes(sizeBytes));
  return value;
}

/** The bytes of one entry, to be read once. */
class Body implements AsyncIterable<Buffer> {
  #leftBytes: number;
  readonly #paddingBytes: number;

  constructor(
    private readonly cursor: ByteCursor,
    sizeBytes: number,
  ) {
    this.#leftBytes = sizeBytes;
    this.#paddingBytes = paddingBytes(sizeBytes);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    while (this.#leftBytes > 0) {
      const chunk = await whole(this.cursor, Math.min(CHUNK_BYTES, this.#leftBytes));
      this.#leftBytes -= chunk.length;
      yield chunk;
    }
  }

  async skip(): Promise<void> {
    for await (const _ of this);
    await whole(this.cursor, this.#paddingBytes);
  }
}

async function whole(cursor: ByteCursor, lengthBytes: number): Promise<Buffer> {
  const bytes = await cursor.take(lengthBytes);
  if (bytes.length < lengthBytes) throw new FilesError('refused', 'Unexpected end of the archive.');
  return bytes;
}
