import { createDecipheriv } from 'node:crypto';
import { ByteCursor } from '../../bytes/byte-cursor';
import { ContainerError } from '../format/container-error';
import type { KeyRing } from '../keys/key-ring';
import type { OperatorKey } from '../keys/operator-key';
import type { RandomSource } from '../format/random-source';

/** Header of version 1: magic, file version, crypto version, nonce length, nonce, chunk size (docs/format.md, "Version 1"). */
const V1_HEADER_BYTES = 23;
const CHUNK_BYTES = 1_048_576;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const NONCE_AT = 7;
const CHUNK_SIZE_AT = 19;
/** Before each chunk stands its length. */
const LENGTH_BYTES = 4;

/** What the header says: the nonce of the first chunk, and the additional data of every chunk. */
interface V1Header {
  readonly baseNonce: Buffer;
  readonly aad: Buffer;
}

/** A version 1 file whose first chunk one of the keys opens. */
export interface V1File extends V1Header {
  readonly source: RandomSource;
  readonly key: OperatorKey;
}

/**
 * Checks the header and finds the key.
 *
 * @throws ContainerError `unsupported_version`, `truncated`, `header_tampered`, `key_not_in_ring`
 */
export async function openV1File(source: RandomSource, ring: KeyRing): Promise<V1File> {
  if (source.sizeBytes < V1_HEADER_BYTES) throw truncated(source.sizeBytes);
  const header = parseHeader(await source.read(0, V1_HEADER_BYTES));
  const first = await readChunk(source, V1_HEADER_BYTES);
  if (first === undefined) throw truncated(V1_HEADER_BYTES);
  return { source, ...header, key: keyOf(header, first.sealed, ring) };
}

/**
 * The plaintext, chunk by chunk, each authenticated. The format has no end marker: whether the file is whole is for the
 * reader of the tar inside to say.
 *
 * @throws ContainerError `corrupted`, `truncated`
 */
export async function* v1Plaintext(file: V1File, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  let position = V1_HEADER_BYTES;
  for (let i = 0; ; i += 1) {
    signal?.throwIfAborted();
    const chunk = await readChunk(file.source, position);
    if (chunk === undefined) return;
    yield plaintextOf(file, i, chunk.sealed, position);
    position = chunk.end;
  }
}

/**
 * The plaintext of a file that is arriving; a wrong key shows at its first chunk.
 *
 * @throws ContainerError as {@link openV1File} and {@link v1Plaintext}
 */
export async function* v1PlaintextForward(
  chunks: AsyncIterable<Uint8Array>,
  ring: KeyRing,
): AsyncGenerator<Buffer, void, undefined> {
  const cursor = new ByteCursor(chunks);
  try {
    const start = await cursor.take(V1_HEADER_BYTES);
    if (start.length < V1_HEADER_BYTES) throw truncated(start.length);
    const header = parseHeader(start);
    let key: OperatorKey | undefined;
    for (let i = 0; ; i += 1) {
      const position = cursor.positionBytes;
      const prefix = await cursor.take(LENGTH_BYTES);
      if (prefix.length === 0 && i > 0) return;
      if (prefix.length < LENGTH_BYTES) throw truncated(position);
      const length = lengthIn(prefix, position);
      const sealed = await cursor.take(length);
      if (sealed.length < length) throw truncated(position);
      key ??= keyOf(header, sealed, ring);
      yield plaintextOf({ ...header, key }, i, sealed, position);
    }
  } finally {
    await cursor.close();
  }
}

function parseHeader(header: Buffer): V1Header {
  if (header[5] !== 1)
    throw new ContainerError('unsupported_version', 'The crypto version is not supported.', { version: 1 });
  if (header[6] !== NONCE_BYTES || header.readUInt32BE(CHUNK_SIZE_AT) !== CHUNK_BYTES) {
    throw new ContainerError('header_tampered', 'The header has a wrong nonce length or chunk size.');
  }
  return { baseNonce: header.subarray(NONCE_AT, CHUNK_SIZE_AT), aad: header.subarray(4, NONCE_AT) };
}

function keyOf(header: V1Header, firstSealed: Buffer, ring: KeyRing): OperatorKey {
  for (const id of ring.ids()) {
    const key = ring.find(id);
    if (key !== undefined && opened({ ...header, key }, 0, firstSealed) !== undefined) return key;
  }
  throw new ContainerError(
    'key_not_in_ring',
    'No key of the ring opens the first chunk: the key is another one, or the file was changed.',
    { presentKeyIds: ring.ids() },
  );
}

async function readChunk(source: RandomSource, position: number): Promise<{ sealed: Buffer; end: number } | undefined> {
  if (position === source.sizeBytes) return undefined;
  if (position + LENGTH_BYTES > source.sizeBytes) throw truncated(position);
  const length = lengthIn(await source.read(position, LENGTH_BYTES), position);
  const end = position + LENGTH_BYTES + length;
  if (end > source.sizeBytes) throw truncated(position);
  return { sealed: await source.read(position + LENGTH_BYTES, length), end };
}

/** Checked before anything is allocated: the length is not authenticated. */
function lengthIn(prefix: Buffer, offset: number): number {
  const length = prefix.readUInt32BE(0);
  if (length >= TAG_BYTES && length <= CHUNK_BYTES + TAG_BYTES) return length;
  throw new ContainerError('corrupted', 'A chunk has an impossible length.', { offset });
}

function plaintextOf(file: V1Header & { key: OperatorKey }, index: number, sealed: Buffer, offset: number): Buffer {
  const plaintext = opened(file, index, sealed);
  if (plaintext !== undefined) return plaintext;
  throw new ContainerError('corrupted', `Chunk ${index} has been changed.`, { segment: index, offset });
}

function opened(
  { key, baseNonce, aad }: V1Header & { key: OperatorKey },
  index: number,
  sealed: Buffer,
): Buffer | undefined {
  const nonce = Buffer.from(baseNonce);
  nonce.writeUInt32BE(index, NONCE_BYTES - 4);
  const decipher = createDecipheriv('aes-256-gcm', key.material, nonce)
    .setAAD(aad)
    .setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
    return plaintext;
  } catch {
    return undefined;
  }
}

function truncated(offset: number): ContainerError {
  return new ContainerError('truncated', 'The file ends too early.', { offset });
}
