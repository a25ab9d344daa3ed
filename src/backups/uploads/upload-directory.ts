import { randomBytes } from 'node:crypto';
import { constants, createReadStream, type ReadStream } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readFile, rename, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { makeDirectory } from '../../engine/disk/make-directory';
import { asStorageErrors, systemCode } from '../../engine/storage/file-fault';
import { StorageError } from '../../engine/storage/storage';
import { syncDirectory } from '../../engine/storage/sync-directory';
import { AppConfig } from '../../kernel/config/config';
import { isUploadId, parseUploadRecord, type UploadRecord } from './upload-record';

const RECORD = '.json';
const PART = '.part';
const DRAFT = '.draft';

/** A file of the directory whose upload is gone, or that never got its name. */
export interface StrayFile {
  readonly path: string;
  readonly modifiedAtMs: number;
}

/**
 * Where uploads wait for the rest of their bytes: for each a record and, from its first byte on, a part. Records are replaced whole, and a part
 * is there only while its record is. Every error is a StorageError.
 */
@Injectable()
export class UploadDirectory {
  private readonly directory: string;

  constructor({ uploads }: AppConfig) {
    this.directory = uploads.path;
  }

  /** Makes the record durable, in place of an older one. */
  save(record: UploadRecord): Promise<void> {
    return asStorageErrors(async () => {
      await this.prepare();
      const draft = join(this.directory, `${randomBytes(8).toString('hex')}${DRAFT}`);
      const handle = await open(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
      try {
        await handle.writeFile(JSON.stringify(record));
        await handle.sync();
        await rename(draft, this.pathOf(record.id, RECORD));
      } catch (error) {
        await remove(draft).catch(() => undefined);
        throw error;
      } finally {
        await handle.close();
      }
      await syncDirectory(this.directory);
    });
  }

  find(id: string): Promise<UploadRecord | undefined> {
    return asStorageErrors(async () => {
      if (!isUploadId(id)) return undefined;
      const text = await unlessMissing(readFile(this.pathOf(id, RECORD), 'utf8'));
      return text === undefined ? undefined : parseUploadRecord(text);
    });
  }

  all(): Promise<UploadRecord[]> {
    return asStorageErrors(async () => {
      const ids = (await this.names())
        .filter((name) => name.endsWith(RECORD))
        .map((name) => name.slice(0, -RECORD.length));
      const records = await Promise.all(ids.map((id) => this.find(id)));
      return records.filter((record) => record !== undefined);
    });
  }

  /** What has arrived of an upload, and when the last byte did. */
  arrived(id: string): Promise<{ sizeBytes: number; modifiedAtMs: number } | undefined> {
    return asStorageErrors(async () => {
      const stats = await unlessMissing(stat(this.pathOf(id, PART)));
      return stats === undefined ? undefined : { sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs };
    });
  }

  /** Opens the part for reading and writing; made when it is not there. */
  openPart(id: string): Promise<FileHandle> {
    return asStorageErrors(() =>
      open(this.pathOf(id, PART), constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600),
    );
  }

  readPart(id: string): ReadStream {
    return createReadStream(this.pathOf(id, PART));
  }

  /** Gives up the bytes; the record says what has become of them. */
  removePart(id: string): Promise<void> {
    return asStorageErrors(() => remove(this.pathOf(id, PART)));
  }

  /** Removes all of an upload. A process that dies in between leaves a stray part. */
  remove(id: string): Promise<void> {
    return asStorageErrors(async () => {
      await remove(this.pathOf(id, RECORD));
      await remove(this.pathOf(id, PART));
    });
  }

  strays(): Promise<StrayFile[]> {
    return asStorageErrors(async () => {
      const found: StrayFile[] = [];
      for (const name of await this.names()) {
        const isStray =
          name.endsWith(DRAFT) || (name.endsWith(PART) && (await this.find(name.slice(0, -PART.length))) === undefined);
        const path = join(this.directory, name);
        const stats = isStray ? await unlessMissing(lstat(path)) : undefined;
        if (stats?.isFile() === true) found.push({ path, modifiedAtMs: stats.mtimeMs });
      }
      return found;
    });
  }

  removeStray({ path }: StrayFile): Promise<void> {
    return asStorageErrors(() => remove(path));
  }

  /** Room for this process on the file system. */
  freeBytes(): Promise<number> {
    return asStorageErrors(async () => {
      await this.prepare();
      const { bavail, bsize } = await statfs(this.directory);
      return bavail * bsize;
    });
  }

  private async prepare(): Promise<void> {
    await makeDirectory(this.directory, 0o700);
    const { uid } = await stat(this.directory);
    // In a directory for temporary files another user may have made it first. A mounted volume may be root's.
    if (uid !== process.getuid?.() && uid !== 0) {
      throw new StorageError('unavailable', { said: 'the directory of uploads belongs to another user' });
    }
  }

  private async names(): Promise<string[]> {
    return (await unlessMissing(readdir(this.directory))) ?? [];
  }

  private pathOf(id: string, ending: typeof RECORD | typeof PART): string {
    return join(this.directory, `${id}${ending}`);
  }
}

async function remove(path: string): Promise<void> {
  await unlessMissing(unlink(path));
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
