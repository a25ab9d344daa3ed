import type { FileHandle } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { ContainerError } from '../../engine/container/format/container-error';
import { asStorageErrors } from '../../engine/storage/file-fault';
import { AppError } from '../../kernel/errors/app-error';
import { abortable } from '../../kernel/http/abortable';
import type { AnnouncedChecksum } from './announced-checksum';
import type { ArrivingCheck } from './arriving-check';
import { ArrivingChecks } from './arriving-checks';
import { type HalfUpload, HalfUploads } from './half-uploads.service';
import { UploadDirectory } from './upload-directory';
import type { UploadRecord } from './upload-record';

/** The bytes of one request. */
export interface ArrivingBytes {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly checksum: AnnouncedChecksum | undefined;
  /** Aborts when no more of them are wanted. */
  readonly signal: AbortSignal;
}

/**
 * Writes what arrives of an upload, and checks it as far as it can be. However a request ends, what has come stays and counts. The exception are
 * bytes with a checksum: they count when all of them are there and have it.
 */
@Injectable()
export class UploadArrival {
  constructor(
    private readonly uploads: HalfUploads,
    private readonly directory: UploadDirectory,
    private readonly checks: ArrivingChecks,
  ) {}

  /**
   * @returns the offset of the next byte
   * @throws ContainerError for a file that is wrong: then nothing of the upload is left. StorageError, AppError, or the reason of the
   *   signal: then the upload goes on from what has come
   */
  async add(upload: HalfUpload, bytes: ArrivingBytes): Promise<number> {
    const { record, offset } = upload;
    const check = this.checks.take(record.id);
    const file = await this.directory.openPart(record.id);
    try {
      await asStorageErrors(() => file.truncate(offset));
      // What a process that died had not compared is gone now.
      if (record.unverified_from !== undefined) await this.saveCompared(record);
      const part = new Part(record, offset, file, check);
      const end = await (bytes.checksum === undefined
        ? part.append(bytes)
        : this.addCompared(part, bytes, bytes.checksum));
      this.checks.giveBack(record.id, check);
      return end;
    } catch (error) {
      if (error instanceof ContainerError) {
        check.stop();
        await this.uploads.remove(record.id);
      } else this.checks.giveBack(record.id, check);
      throw error;
    } finally {
      await file.close();
    }
  }

  private async addCompared(part: Part, bytes: ArrivingBytes, checksum: AnnouncedChecksum): Promise<number> {
    const { record, offset } = part;
    await this.directory.save({ ...record, unverified_from: offset });
    try {
      await part.append(bytes, checksum);
      checksum.compare();
    } catch (error) {
      await part.cut();
      await this.saveCompared(record);
      throw error;
    }
    await this.saveCompared(record);
    return part.follow();
  }

  private async saveCompared({ unverified_from: _, ...record }: UploadRecord): Promise<void> {
    await this.directory.save(record);
  }
}

/** The file of an upload while one request adds to it. */
class Part {
  private end: number;

  constructor(
    readonly record: UploadRecord,
    readonly offset: number,
    private readonly file: FileHandle,
    private readonly check: ArrivingCheck,
  ) {
    this.end = offset;
  }

  /** Writes all of the bytes, and makes what was written durable however that ends. */
  async append({ chunks, signal }: ArrivingBytes, checksum?: AnnouncedChecksum): Promise<number> {
    try {
      for await (const chunk of abortable(chunks, signal)) {
        if (this.end + chunk.length > this.record.size_bytes) throw tooLong(this.record);
        await this.write(chunk);
        if (checksum === undefined) await this.follow();
        else checksum.add(chunk);
      }
      if (checksum === undefined) await this.follow();
      return this.end;
    } finally {
      await asStorageErrors(() => this.file.sync());
    }
  }

  /** Has the check look at all that is there. */
  async follow(): Promise<number> {
    await this.check.follow(this.file, this.end);
    return this.end;
  }

  /** Takes back what this request has brought. */
  async cut(): Promise<void> {
    this.end = this.offset;
    await asStorageErrors(async () => {
      await this.file.truncate(this.offset);
      await this.file.sync();
    });
  }

  private async write(chunk: Uint8Array): Promise<void> {
    await asStorageErrors(async () => {
      for (let done = 0; done < chunk.length;) {
        const { bytesWritten } = await this.file.write(chunk, done, chunk.length - done, this.end);
        done += bytesWritten;
        this.end += bytesWritten;
      }
    });
  }
}

function tooLong({ size_bytes: sizeBytes }: UploadRecord): AppError {
  const details = { limit_bytes: sizeBytes, hint: 'The upload was announced to be so long.' };
  return new AppError('backups.upload_too_large', { details });
}
