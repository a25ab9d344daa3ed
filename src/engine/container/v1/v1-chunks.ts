import { createDecipheriv } from 'node:crypto';
import { ContainerError } from '../container-error';
import type { KeyRing } from '../key-ring';
import type { OperatorKey } from '../operator-key';
import type { RandomSource } from '../random-source';

/** Header of version 1: magic, file version, crypto version, nonce length, nonce, chunk size (docs/format.md, "Version 1"). */
const V1_HEADER_BYTES = 23;
const CHUNK_BYTES = 1_048_576;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const NONCE_AT = 7;
const CHUNK_SIZE_AT = 19;

/** A version 1 file whose first chunk one of the keys opens. */
export interface V1File {
  readonly source: RandomSource;
  readonly key: OperatorKey;
  readonly baseNonce: Buffer;
  /** Additional data of every chunk. */
  readonly aad: Buffer;
}

/**
 * Checks the header and finds the key.
 *
 * @throws ContainerError `unsupported_version`, `truncated`, `header_tampered`, `key_not_in_ring`
 */
export async function openV1File(source: RandomSource, ring: KeyRing): Promise<V1File> {
  if (source.sizeBytes < V1_HEADER_BYTES) throw truncated(source.sizeBytes);
  const header = await source.read(0, V1_HEADER_BYTES);
  if (header[5] !== 1)
    throw new ContainerError('unsupported_version', 'The crypto version is not supported.', { version: 1 });
  if (header[6] !== NONCE_BYTES || header.readUInt32BE(CHUNK_SIZE_AT) !== CHUNK_BYTES) {
    throw new ContainerError('header_tampered', 'The header has a wrong nonce length or chunk size.');
  }
  const file = {
    source,
    baseNonce: header.subarray(NONCE_AT, CHUNK_SIZE_AT),
    aad: header.subarray(4, NONCE_AT),
  };
  const first = await readChunk(source, V1_HEADER_BYTES);
  if (first === undefined) throw truncated(V1_HEADER_BYTES);
  for (const id of ring.ids()) {
    const key = ring.find(id);
    if (key !== undefined && opened({ ...file, key }, 0, first.sealed) !== undefined) return { ...file, key };
  }
  throw new ContainerError(
    'key_not_in_ring',
    'No key of the ring opens the first chunk: the key is another one, or the file was changed.',
    { presentKeyIds: ring.ids() },
  );
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
    const plaintext = opened(file, i, chunk.sealed);
    if (plaintext === undefined)
      throw new ContainerError('corrupted', `Chunk ${i} has been changed.`, { segment: i, offset: position });
    yield plaintext;
    position = chunk.end;
  }
}

async function readChunk(source: RandomSource, position: number): Promise<{ sealed: Buffer; end: number } | undefined> {
  if (position === source.sizeBytes) return undefined;
  if (position + 4 > source.sizeBytes) throw truncated(position);
  const length = (await source.read(position, 4)).readUInt32BE(0);
  // Before anything is allocated: the length is not authenticated.
  if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES) {
    throw new ContainerError('corrupted', 'A chunk has an impossible length.', { offset: position });
  }
  const end = position + 4 + length;
  if (end > source.sizeBytes) throw truncated(position);
  return { sealed: await source.read(position + 4, length), end };
}

function opened({ key, baseNonce, aad }: V1File, index: number, sealed: Buffer): Buffer | undefined {
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
