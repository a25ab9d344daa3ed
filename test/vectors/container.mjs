// A writer of containers made from docs/format.md alone, without any code of the service, so that the two check each other.
// Nothing in what it writes is random, so every run gives the same file. A real writer must use random values.
import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';

export const sha256 = (data) => createHash('sha256').update(data).digest();
const hkdf = (secret, salt, info, bytes) => Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
const uint = (value, bytes) => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out.subarray(8 - bytes);
};
const seal = (key, nonce, aad, plaintext) => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

/** A file whose chosen values come from its name, and the key of each by which they are. */
export class Container {
  constructor(name, fileId) {
    this.chosen = (what, bytes) => sha256(`${name} ${what}`).subarray(0, bytes);
    this.fileId = Buffer.from(fileId, 'hex');
    this.dek = this.chosen('dek', 32);
    const material = sha256('a passphrase of more than 32 bytes, for tests only');
    const front = Buffer.concat([
      Buffer.from('BSCC'),
      uint(2, 1),
      uint(1, 1),
      uint(128, 2),
      this.fileId,
      hkdf(material, '', 'bscc/v2/key-id', 8),
    ]);
    const wrapNonce = this.chosen('wrap nonce', 12);
    const wrapped = seal(hkdf(material, '', 'bscc/v2/kek', 32), wrapNonce, front, this.dek);
    const untagged = Buffer.concat([front, wrapNonce, wrapped, uint(0, 4)]);
    const tag = createHmac('sha256', hkdf(this.dek, '', 'bscc/v2/header', 32))
      .update(untagged)
      .digest();
    this.parts = [untagged, tag];
  }

  position() {
    return this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** One segment is enough for what these files hold: frame header, stream header, ciphertext and tag. */
  writeStream(id, stored) {
    const offset = this.position();
    const salt = this.chosen(`salt ${id}`, 32);
    const prefix = this.chosen(`prefix ${id}`, 7);
    const key = hkdf(this.dek, salt, Buffer.concat([Buffer.from('bscc/v2/stream'), this.fileId, uint(id, 2)]), 32);
    const sealed = seal(key, Buffer.concat([prefix, uint(0, 4), uint(1, 1)]), Buffer.alloc(0), stored);
    const payload = Buffer.concat([uint(40, 1), salt, prefix, sealed]);
    this.parts.push(uint(id, 2), uint(payload.length, 4), payload);
    return { stored_size: payload.length, segments: 1, frame_offsets: uint(offset, 8).toString('base64') };
  }

  finish(index) {
    const indexOffset = this.position();
    this.writeStream(65_535, Buffer.from(JSON.stringify(index)));
    this.parts.push(uint(indexOffset, 8), uint(this.position() + 24, 8), Buffer.from('BSCCEND2'));
    return Buffer.concat(this.parts);
  }
}

/**
 * A zstd frame with one raw block, as RFC 8878 describes it: the whole content in one segment, with its size in front and, if asked
 * for, its checksum behind.
 */
export const zstdRaw = (content, { hasChecksum = false } = {}) => {
  const blockHeader = Buffer.alloc(3);
  blockHeader.writeUIntLE((content.length << 3) | 1, 0, 3);
  const isShort = content.length < 256;
  const descriptor = 0x20 | (isShort ? 0 : 0x40) | (hasChecksum ? 4 : 0);
  const size = Buffer.alloc(isShort ? 1 : 2);
  size.writeUIntLE(isShort ? content.length : content.length - 256, 0, size.length);
  const checksum = Buffer.alloc(hasChecksum ? 4 : 0);
  if (hasChecksum) checksum.writeUInt32LE(Number(xxh64(content) & 0xffffffffn));
  return Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.of(descriptor), size, blockHeader, content, checksum]);
};

const MASK = 2n ** 64n - 1n;
const P = [
  11400714785074694791n,
  14029467366897019727n,
  1609587929392839161n,
  9650029242287828579n,
  2870177450012600261n,
];
const rotate = (value, bits) => ((value << bits) | (value >> (64n - bits))) & MASK;
const round = (sum, lane) => (rotate((sum + lane * P[1]) & MASK, 31n) * P[0]) & MASK;

/** XXH64 with seed 0, of which zstd keeps the low four bytes. */
function xxh64(bytes) {
  let at = 0;
  let hash = P[4];
  if (bytes.length >= 32) {
    let sums = [(P[0] + P[1]) & MASK, P[1], 0n, (MASK + 1n - P[0]) & MASK];
    for (; at + 32 <= bytes.length; at += 32)
      sums = sums.map((sum, i) => round(sum, bytes.readBigUInt64LE(at + 8 * i)));
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, i) => (sum + rotate(sums[i], bits)) & MASK, 0n);
    for (const sum of sums) hash = ((hash ^ round(0n, sum)) * P[0] + P[3]) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8)
    hash = (rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * P[0] + P[3]) & MASK;
  if (at + 4 <= bytes.length) {
    hash = (rotate(hash ^ ((BigInt(bytes.readUInt32LE(at)) * P[0]) & MASK), 23n) * P[1] + P[2]) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at += 1) hash = (rotate(hash ^ ((BigInt(bytes[at]) * P[4]) & MASK), 11n) * P[0]) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P[1]) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P[2]) & MASK;
  return hash ^ (hash >> 32n);
}
