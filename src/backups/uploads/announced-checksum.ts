import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../kernel/errors/app-error';

/** Names of the protocol, which are those of Node, too. */
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;

const HEADER = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/;

/** Compares bytes with the checksum that was sent with them. */
export class AnnouncedChecksum {
  private readonly hash;

  private constructor(
    algorithm: (typeof CHECKSUM_ALGORITHMS)[number],
    private readonly expected: Buffer,
  ) {
    this.hash = createHash(algorithm);
  }

  /**
   * Reads the header `Upload-Checksum`.
   *
   * @throws AppError `backups.invalid_request` for one that cannot be compared
   */
  static parse(header: string): AnnouncedChecksum {
    const [, name = '', base64 = ''] = HEADER.exec(header) ?? [];
    const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name);
    if (algorithm === undefined) {
      const details = { field: 'Upload-Checksum', expected: `${CHECKSUM_ALGORITHMS.join(', ')}, a space, and base64` };
      throw new AppError('backups.invalid_request', { details });
    }
    return new AnnouncedChecksum(algorithm, Buffer.from(base64, 'base64'));
  }

  add(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  /** @throws AppError `backups.upload_checksum` unless the bytes are those that were meant */
  compare(): void {
    const found = this.hash.digest();
    if (found.length !== this.expected.length || !timingSafeEqual(found, this.expected)) {
      throw new AppError('backups.upload_checksum');
    }
  }
}
