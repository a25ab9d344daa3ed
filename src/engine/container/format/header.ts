import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { ContainerError } from './container-error';
import { headerKey, wrappingKey } from './key-derivation';
import type { KeyRing } from '../keys/key-ring';
import { HEADER_BYTES } from './layout';
import type { OperatorKey } from '../keys/operator-key';

const MAGIC = Buffer.from('BSCC');
const VERSION = 2;
const SUITE = 1;
const NONCE_BYTES = 12;
const DEK_BYTES = 32;

/** Offsets of the header's fields (docs/format.md, "Header"). */
const AT = {
  version: 4,
  suite: 5,
  length: 6,
  fileId: 8,
  keyId: 24,
  nonce: 32,
  wrapped: 44,
  tag: 76,
  reserved: 92,
  mac: 96,
};

/** What a header says without any key; not authenticated. */
export interface HeaderFacts {
  version: number;
  /** UUID of the file. */
  fileId: string;
  /** Id of the operator's key it is sealed with, 16 hex digits. */
  keyId: string;
}

/** What an authenticated header gives. `dek` is secret. */
export interface OpenedHeader extends HeaderFacts {
  fileIdBytes: Buffer;
  dek: Buffer;
}

/** A header for a new file: a new file id, and a new data key wrapped by the operator's key. */
export function createHeader(key: OperatorKey): { bytes: Buffer; opened: OpenedHeader } {
  const dek = randomBytes(DEK_BYTES);
  const bytes = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt8(VERSION, AT.version);
  bytes.writeUInt8(SUITE, AT.suite);
  bytes.writeUInt16BE(HEADER_BYTES, AT.length);
  bytes.write(randomUUID().replaceAll('-', ''), AT.fileId, 'hex');
  wrap(bytes, dek, key);
  return { bytes, opened: { ...factsOf(bytes), fileIdBytes: bytes.subarray(AT.fileId, AT.keyId), dek } };
}

/**
 * The same header for another operator's key: the file's data key is wrapped anew, everything behind the header stays.
 *
 * @param bytes the file's first 128 bytes
 * @param ring has the key it is sealed with now
 * @returns `undefined` when it is that key already
 * @throws ContainerError as {@link readHeader}
 */
export function rewrapHeader(bytes: Buffer, ring: KeyRing, key: OperatorKey): Buffer | undefined {
  const { dek, keyId } = readHeader(bytes, ring);
  if (keyId === key.id) return undefined;
  const rewrapped = Buffer.from(bytes.subarray(0, HEADER_BYTES));
  wrap(rewrapped, dek, key);
  return rewrapped;
}

/** Fills in key id, nonce, wrapped data key and tag. */
function wrap(bytes: Buffer, dek: Buffer, key: OperatorKey): void {
  bytes.write(key.id, AT.keyId, 'hex');
  const nonce = randomBytes(NONCE_BYTES);
  nonce.copy(bytes, AT.nonce);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(key.material), nonce).setAAD(bytes.subarray(0, AT.nonce));
  Buffer.concat([cipher.update(dek), cipher.final(), cipher.getAuthTag()]).copy(bytes, AT.wrapped);
  headerTag(dek, bytes).copy(bytes, AT.mac);
}

/**
 * What a header says of itself, for which no key is needed.
 * @param bytes the file's first 128 bytes, or all of a shorter file
 * @throws ContainerError `not_a_container`, `unsupported_version`, `truncated`, `header_tampered`
 */
export function inspectHeader(bytes: Buffer): HeaderFacts {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new ContainerError('not_a_container', 'This is not a .bscc file.');
  }
  const version = bytes[AT.version];
  if (version !== undefined && version !== VERSION) {
    throw new ContainerError('unsupported_version', `Format version ${version} is not supported.`, { version });
  }
  if (bytes.length < HEADER_BYTES) {
    throw new ContainerError('truncated', 'The file ends within its header.', { offset: bytes.length });
  }
  if (bytes.readUInt8(AT.suite) !== SUITE) {
    throw new ContainerError('unsupported_version', 'The cipher suite is not supported.', { version: VERSION });
  }
  if (bytes.readUInt16BE(AT.length) !== HEADER_BYTES || bytes.readUInt32BE(AT.reserved) !== 0) {
    throw new ContainerError('header_tampered', 'The header has a wrong length or uses reserved bytes.');
  }
  return factsOf(bytes);
}

/**
 * Checks a header and unwraps the file's data key, in the order of docs/format.md, "Header".
 * @param bytes the file's first 128 bytes, or all of a shorter file
 * @throws ContainerError as `inspectHeader`, and `key_not_in_ring`, `header_tampered`
 */
export function readHeader(bytes: Buffer, ring: KeyRing): OpenedHeader {
  const facts = inspectHeader(bytes);
  const key = ring.find(facts.keyId);
  if (key === undefined) {
    throw new ContainerError('key_not_in_ring', `The file needs key ${facts.keyId}, which is not in the key ring.`, {
      neededKeyId: facts.keyId,
      presentKeyIds: ring.ids(),
    });
  }
  const dek = unwrap(bytes, key);
  if (!timingSafeEqual(headerTag(dek, bytes), bytes.subarray(AT.mac, HEADER_BYTES))) throw tampered();
  return { ...facts, fileIdBytes: Buffer.from(bytes.subarray(AT.fileId, AT.keyId)), dek };
}

function factsOf(bytes: Buffer): HeaderFacts {
  const fileId = bytes.toString('hex', AT.fileId, AT.keyId).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { version: VERSION, fileId, keyId: bytes.toString('hex', AT.keyId, AT.nonce) };
}

function unwrap(bytes: Buffer, key: OperatorKey): Buffer {
  const nonce = bytes.subarray(AT.nonce, AT.wrapped);
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey(key.material), nonce)
    .setAAD(bytes.subarray(0, AT.nonce))
    .setAuthTag(bytes.subarray(AT.tag, AT.reserved));
  const dek = decipher.update(bytes.subarray(AT.wrapped, AT.tag));
  try {
    decipher.final();
  } catch (cause) {
    throw tampered({ cause });
  }
  return dek;
}

function headerTag(dek: Buffer, bytes: Buffer): Buffer {
  return createHmac('sha256', headerKey(dek)).update(bytes.subarray(0, AT.mac)).digest();
}

function tampered(options?: ErrorOptions): ContainerError {
  return new ContainerError('header_tampered', 'The header has been changed since it was written.', {}, options);
}
