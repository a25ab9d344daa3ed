import { createCipheriv, createDecipheriv } from 'node:crypto';
import { releaseBytes } from '../../bytes/release-bytes';
import { TAG_BYTES } from './layout';

const NONCE_BYTES = 12;
const PREFIX_BYTES = 7;

/** Seals and opens the segments of one stream. It knows a key and numbers, nothing of files (docs/format.md, "Streams"). */
export class SegmentCipher {
  readonly #key: Buffer;
  readonly #prefix: Buffer;

  /**
   * @param key the stream's key
   * @param prefix the seven bytes of the nonce that are the stream's own
   */
  constructor(key: Buffer, prefix: Buffer) {
    this.#key = key;
    this.#prefix = prefix;
  }

  /**
   * Seals one segment into the end of a buffer.
   * @param pieces the segment's plaintext, in as many pieces as it happens to be in
   * @param target receives ciphertext and tag from `offset` to its end, which must be exactly as long as they are
   */
  seal(segment: number, isLast: boolean, pieces: readonly Uint8Array[], target: Buffer, offset: number): void {
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#nonce(segment, isLast));
    let at = offset;
    for (const piece of pieces) {
      const sealed = cipher.update(piece);
      at += sealed.copy(target, at);
      releaseBytes(sealed);
    }
    cipher.final();
    cipher.getAuthTag().copy(target, at);
  }

  /**
   * Opens one segment. Nothing of the plaintext is returned before the tag has been verified.
   * @param sealed ciphertext and tag
   * @returns undefined when the tag does not fit
   */
  open(segment: number, isLast: boolean, sealed: Buffer): Buffer | undefined {
    const tagAt = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#nonce(segment, isLast));
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plaintext = decipher.update(sealed.subarray(0, tagAt));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plaintext;
  }

  #nonce(segment: number, isLast: boolean): Buffer {
    const nonce = Buffer.allocUnsafe(NONCE_BYTES);
    this.#prefix.copy(nonce);
    nonce.writeUInt32BE(segment, PREFIX_BYTES);
    nonce.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
    return nonce;
  }
}
