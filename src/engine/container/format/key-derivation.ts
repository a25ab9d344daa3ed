import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/** HKDF-SHA256 as the format uses it (docs/format.md, "Keys"). */
function derive(secret: Uint8Array, salt: Uint8Array | string, info: Uint8Array | string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, KEY_BYTES));
}

/** The key that wraps data keys. @param material the operator's 32 bytes */
export function wrappingKey(material: Uint8Array): Buffer {
  return derive(material, '', 'bscc/v2/kek');
}

/** The key of the header's tag. @param dek the file's data key */
export function headerKey(dek: Uint8Array): Buffer {
  return derive(dek, '', 'bscc/v2/header');
}

/**
 * The key of one stream of one file.
 * @param dek the file's data key
 * @param salt the 32 random bytes of the stream header
 * @param fileId the 16 bytes of the file id
 */
export function streamKey(dek: Uint8Array, salt: Uint8Array, fileId: Uint8Array, streamId: number): Buffer {
  const id = Buffer.allocUnsafe(2);
  id.writeUInt16BE(streamId);
  return derive(dek, salt, Buffer.concat([Buffer.from('bscc/v2/stream'), fileId, id]));
}
