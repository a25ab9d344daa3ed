import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectLockConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { StorageError, type StorageLimit } from '../storage';
import type { S3Bucket } from './s3-bucket';
import { s3Code, statusOf } from './s3-fault';

/** The one object that a storage keeps for itself: what is tried out is tried on it. The dot keeps it out of the list. */
export const PROBE = '.berkut-probe';

/** Answers of servers that do not know a header, or a value of it. */
const UNKNOWN_TO_SERVER: ReadonlySet<string> = new Set([
  'NotImplemented',
  'InvalidRequest',
  'InvalidArgument',
  'MethodNotAllowed',
  'UnsupportedArgument',
]);

/** Whether a server refuses a request for a feature of it that it lacks. */
function isLackOfFeature(error: unknown): boolean {
  return UNKNOWN_TO_SERVER.has(s3Code(error)) || statusOf(error) === 501;
}

/** What a server can do, found out by use and remembered for as long as the process lives. */
export class S3Features {
  /** Checksums are stored with what is written, and compared when it arrives. */
  hasChecksums = true;
  /** Writing under a name that is taken is refused. */
  hasConditions = true;
  private trying: Promise<readonly StorageLimit[]> | undefined;

  constructor(private readonly bucket: S3Bucket) {}

  /**
   * Tries once what only shows when it is done. The object {@link PROBE} stays: in a bucket that keeps versions or locks, each new one
   * would stay, too.
   *
   * @returns what the server lacks
   */
  async tried(): Promise<readonly StorageLimit[]> {
    this.trying ??= this.try().catch((error: unknown) => {
      this.trying = undefined;
      throw error;
    });
    return this.trying;
  }

  private async try(): Promise<readonly StorageLimit[]> {
    await this.putProbe();
    const isKept = await this.isProbeKept();
    this.hasConditions &&= isKept;
    const limits: StorageLimit[] = [];
    if (!this.hasConditions) limits.push('conditional_writes');
    if (!this.hasChecksums) limits.push('checksums');
    if (this.bucket.place.lock !== undefined) await this.checkLock();
    return limits;
  }

  private async putProbe(): Promise<void> {
    const object = this.bucket.object(PROBE);
    try {
      await this.bucket.prompt.send(new PutObjectCommand({ ...object, Body: 'probe', IfNoneMatch: '*' }));
    } catch (error) {
      // It is there, from an earlier time or another replica.
      if (statusOf(error) === 412 || statusOf(error) === 409) return;
      if (!isLackOfFeature(error)) throw error;
      await this.bucket.prompt.send(new PutObjectCommand({ ...object, Body: 'probe' }));
    }
  }

  /** Whether an upload that ends under a name that is taken is refused, as that of a backup would be. */
  private async isProbeKept(): Promise<boolean> {
    const { prompt } = this.bucket;
    const object = this.bucket.object(PROBE);
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await this.withoutUnknown('hasChecksums', (isOn) =>
      prompt.send(new CreateMultipartUploadCommand({ ...object, ...(isOn ? checksum : {}) })),
    );
    const upload = { ...object, UploadId };
    try {
      const part = await prompt.send(
        new UploadPartCommand({
          ...upload,
          PartNumber: 1,
          Body: 'probe',
          ...(this.hasChecksums ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
        }),
      );
      // One that stores checksums says which it has stored.
      if (part.ChecksumCRC32 === undefined) this.hasChecksums = false;
      const parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }];
      await prompt.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' }),
      );
      return false;
    } catch (error) {
      await prompt.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      if (statusOf(error) === 412) return true;
      if (isLackOfFeature(error)) return false;
      throw error;
    }
  }

  /** @throws StorageError: what is written with a lock would be refused */
  private async checkLock(): Promise<void> {
    const { Bucket } = this.bucket.object(PROBE);
    const found = await this.bucket.prompt
      .send(new GetObjectLockConfigurationCommand({ Bucket }))
      .catch((error: unknown) => {
        // Without the right to ask, the first backup shows it.
        if (statusOf(error) === 403 || isLackOfFeature(error)) return undefined;
        throw error;
      });
    if (found !== undefined && found.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') {
      throw new StorageError('unavailable', { said: 'the bucket has no object lock' });
    }
  }

  /** Asks with a feature, and without it for good once the server has refused it. */
  async withoutUnknown<T>(feature: 'hasChecksums' | 'hasConditions', ask: (isOn: boolean) => Promise<T>): Promise<T> {
    if (!this[feature]) return ask(false);
    try {
      return await ask(true);
    } catch (error) {
      if (!isLackOfFeature(error)) throw error;
      const answer = await ask(false);
      this[feature] = false;
      return answer;
    }
  }
}
