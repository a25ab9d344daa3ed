import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type HeadObjectCommandOutput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { present } from '../../optional/present';
import { type Borrowed, look } from '../../bytes/borrowed';
import { type CreateOptions, type PendingFile, StorageError } from '../storage';
import { MAX_PARTS, PartSizes } from './part-sizes';
import type { S3Bucket } from './s3-bucket';
import { asS3Errors, s3Code, statusOf, toS3Error } from './s3-fault';
import type { S3Features } from './s3-features';
import type { S3Lock } from './s3-place';
import { endUpload, uploadsIn } from './s3-uploads';

const DAY_MS = 24 * 3_600_000;
/** Of the object's own metadata: says which upload has made it. */
const UPLOAD = 'berkut-upload';

/** What the upload is to S3. */
interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

/**
 * A multipart upload. Nothing of it is visible before it is completed, and what its process leaves behind is listed as an upload.
 *
 * Bytes are copied into parts. A part that is full is sent while the next one is filled; when as many are on their way as memory allows,
 * a write waits. The SDK repeats what fails for the moment; what fails for good ends the file.
 */
export class S3PendingFile implements PendingFile {
  private writtenBytes = 0;
  private state: 'pending' | 'published' | 'discarded' = 'pending';
  private filling: Buffer | undefined;
  private filledBytes = 0;
  private readonly idle: Buffer[] = [];
  private readonly sending = new Set<Promise<void>>();
  private readonly sent: CompletedPart[] = [];
  private parts = 0;
  private checksum = 0;
  private readonly ending = new AbortController();

  private constructor(
    private readonly bucket: S3Bucket,
    private readonly features: S3Features,
    private readonly name: string,
    private readonly upload: Upload,
    /** Otherwise the repeated request may have begun several uploads, and the answers that told of the others were lost. */
    private readonly isAlone: boolean,
    private readonly id: string,
    private readonly sizes: PartSizes,
    private readonly hasChecksums: boolean,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Begins the upload, so that a storage that takes nothing is found out before there is anything to write. */
  static begin(
    bucket: S3Bucket,
    features: S3Features,
    name: string,
    { expectedBytes = 0, signal }: CreateOptions,
  ): Promise<S3PendingFile> {
    return asS3Errors('write', async () => {
      const object = bucket.object(name);
      const id = randomBytes(16).toString('hex');
      const { lock } = bucket.place;
      const begin = (checksums: boolean) =>
        bucket.prompt.send(
          new CreateMultipartUploadCommand({
            ...object,
            Metadata: { [UPLOAD]: id },
            ContentType: 'application/octet-stream',
            ...(checksums ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } : {}),
            ...(lock === undefined ? {} : lockedFor(lock)),
          }),
          present({ abortSignal: signal }),
        );
      const { UploadId, $metadata } = await features.withoutUnknown('hasChecksums', begin);
      const upload = { ...object, UploadId };
      const isAlone = $metadata.attempts === 1;
      const sizes = new PartSizes(expectedBytes);
      return new S3PendingFile(bucket, features, name, upload, isAlone, id, sizes, features.hasChecksums, signal);
    });
  }

  get sizeBytes(): number {
    return this.writtenBytes;
  }

  async write(borrowed: Borrowed): Promise<void> {
    const bytes = look(borrowed);
    for (let at = 0; at < bytes.length;) {
      this.throwIfOver();
      const part = (this.filling ??= this.idle.pop() ?? Buffer.allocUnsafeSlow(this.sizes.sizeOf(this.parts + 1)));
      const piece = bytes.subarray(at, at + part.length - this.filledBytes);
      part.set(piece, this.filledBytes);
      this.filledBytes += piece.length;
      this.writtenBytes += piece.length;
      at += piece.length;
      if (this.filledBytes === part.length) await this.sendFilled();
    }
  }

  async publish(): Promise<void> {
    await this.sendRest();
    await asS3Errors('write', async () => {
      // Also where the server would refuse: some do not know the condition and replace what is there.
      if ((await this.bucket.head(this.name)) !== undefined) throw new StorageError('exists');
      await this.complete('new');
      await this.checkStored();
    });
    this.state = 'published';
    await this.endOthers();
  }

  /** Where versions are kept, the former one is removed as soon as it is hidden. */
  async replace(): Promise<void> {
    await this.sendRest();
    await asS3Errors('write', async () => {
      const former = await this.bucket.head(this.name);
      await this.complete('replacing');
      const stored = await this.checkStored();
      if (former?.VersionId === undefined || former.VersionId === stored.VersionId) return;
      await this.removeVersion(former);
    });
    this.state = 'published';
    await this.endOthers();
  }

  async discard(): Promise<void> {
    if (this.state !== 'pending') return;
    this.state = 'discarded';
    this.ending.abort();
    // A part that arrives after the upload was ended would stay for ever.
    await Promise.allSettled(this.sending);
    this.idle.length = 0;
    this.filling = undefined;
    await this.bucket.prompt.send(new AbortMultipartUploadCommand(this.upload)).catch(() => undefined);
  }

  private throwIfOver(): void {
    this.signal?.throwIfAborted();
    const { signal } = this.ending;
    if (signal.aborted) throw toS3Error(signal.reason, 'write');
  }

  private async sendRest(): Promise<void> {
    // A file without bytes has one part without bytes.
    if (this.filledBytes > 0 || this.parts === 0) await this.sendFilled();
    await Promise.all(this.sending);
    this.throwIfOver();
    this.idle.length = 0;
  }

  private async sendFilled(): Promise<void> {
    const buffer = this.filling ?? Buffer.alloc(0);
    const body = buffer.subarray(0, this.filledBytes);
    this.filling = undefined;
    this.filledBytes = 0;
    this.parts += 1;
    const number = this.parts;
    if (number > MAX_PARTS) throw new StorageError('no_space', { said: 'the file has more parts than S3 takes' });
    this.checksum = crc32(body, this.checksum);
    while (this.sending.size >= this.sizes.atOnce(number)) await Promise.race(this.sending);
    this.throwIfOver();
    const sending = this.send(number, body)
      .then((part) => {
        this.sent.push(part);
        // Those after it may be larger.
        if (buffer.length === this.sizes.sizeOf(this.parts + 1)) this.idle.push(buffer);
      })
      .catch((error: unknown) => this.ending.abort(error))
      .finally(() => this.sending.delete(sending));
    this.sending.add(sending);
  }

  private async send(number: number, body: Buffer): Promise<CompletedPart> {
    const signals = [this.ending.signal, ...(this.signal === undefined ? [] : [this.signal])];
    const { ETag, ChecksumCRC32 } = await this.bucket.patient.send(
      new UploadPartCommand({
        ...this.upload,
        PartNumber: number,
        Body: body,
        ContentLength: body.length,
        ...(this.hasChecksums ? { ChecksumCRC32: base64(crc32(body)) } : {}),
      }),
      { abortSignal: AbortSignal.any(signals) },
    );
    return { PartNumber: number, ETag, ...present({ ChecksumCRC32 }) };
  }

  /** It may have been completed although the answer was lost: then the repeated request says that there is no upload, or that the name is taken. */
  private async complete(as: 'new' | 'replacing'): Promise<void> {
    const parts = this.sent.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const hasStoredChecksums = this.hasChecksums && parts.every((part) => part.ChecksumCRC32 !== undefined);
    try {
      const complete = (isConditional: boolean) =>
        this.bucket.patient.send(
          new CompleteMultipartUploadCommand({
            ...this.upload,
            MultipartUpload: { Parts: parts },
            ...(hasStoredChecksums ? { ChecksumCRC32: base64(this.checksum), ChecksumType: 'FULL_OBJECT' } : {}),
            ...(isConditional ? { IfNoneMatch: '*' } : {}),
          }),
        );
      if (as === 'new') await this.features.withoutUnknown('hasConditions', complete);
      else await complete(false);
    } catch (error) {
      const found = await this.bucket.head(this.name);
      if (found !== undefined && this.isOurs(found)) return;
      if (as === 'replacing') throw error;
      const isTaken = statusOf(error) === 412 || (found !== undefined && s3Code(error) !== 'InvalidPart');
      throw isTaken ? new StorageError('exists', { cause: error }) : error;
    }
  }

  /** What the server has is what was written, as far as it says. Otherwise it is removed again. */
  private async checkStored(): Promise<HeadObjectCommandOutput> {
    const found = await this.bucket.head(this.name);
    if (found !== undefined && !this.isOurs(found)) throw new StorageError('exists');
    const isWhole =
      found?.ContentLength === this.writtenBytes &&
      (found.ChecksumType !== 'FULL_OBJECT' ||
        (found.ChecksumCRC32 ?? base64(this.checksum)) === base64(this.checksum));
    if (isWhole) return found;
    if (found !== undefined) await this.removeVersion(found);
    throw new StorageError('unavailable', { said: 'the server has not stored what was written' });
  }

  private async removeVersion({ VersionId }: HeadObjectCommandOutput): Promise<void> {
    const object = { ...this.bucket.object(this.name), ...present({ VersionId }) };
    await this.bucket.prompt.send(new DeleteObjectCommand(object));
  }

  /** If the storage is away now, they stay until they are a day old. */
  private async endOthers(): Promise<void> {
    if (this.isAlone) return;
    try {
      for await (const { name, key, uploadId } of uploadsIn(this.bucket, this.name))
        if (name === this.name) await endUpload(this.bucket, key, uploadId);
    } catch {
      // The file is published all the same.
    }
  }

  private isOurs({ Metadata }: HeadObjectCommandOutput): boolean {
    return Metadata?.[UPLOAD] === this.id;
  }
}

function lockedFor({ days, mode }: S3Lock) {
  return {
    ObjectLockMode: mode === 'compliance' ? ('COMPLIANCE' as const) : ('GOVERNANCE' as const),
    ObjectLockRetainUntilDate: new Date(Date.now() + days * DAY_MS),
  };
}

/** As S3 writes it: four bytes, big-endian. */
function base64(checksum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum);
  return bytes.toString('base64');
}
