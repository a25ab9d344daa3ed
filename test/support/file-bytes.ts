import { createHash } from 'node:crypto';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The same size, and one other byte. */
export function withOneOther(bytes: Buffer): Buffer {
  const others = Buffer.from(bytes);
  others.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
  return others;
}
