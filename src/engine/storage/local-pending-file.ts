import { type FileHandle, link, rename, unlink } from 'node:fs/promises';
import { type Borrowed, look } from '../bytes/borrowed';
import { asStorageErrors, systemCode } from './file-fault';
import { type PendingFile, StorageError, type StorageLimit } from './storage';
import { syncDirectory } from './sync-directory';

/** What file systems without hard links answer. Names of backups are random there too, so nothing is replaced. */
const WITHOUT_LINKS: ReadonlySet<unknown> = new Set([
  'EPERM',
  'EACCES',
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/** A file under a temporary name beside its final one. */
export class LocalPendingFile implements PendingFile {
  private writtenBytes = 0;
  private state: 'pending' | 'published' | 'discarded' = 'pending';
  private readonly lacking: StorageLimit[] = [];

  constructor(
    private readonly handle: FileHandle,
    private readonly pendingPath: string,
    private readonly finalPath: string,
    private readonly directory: string,
    private readonly signal?: AbortSignal,
  ) {}

  get sizeBytes(): number {
    return this.writtenBytes;
  }

  /** What the file system turned out not to be able to do when the file was published. */
  get limits(): readonly StorageLimit[] {
    return this.lacking;
  }

  async write(borrowed: Borrowed): Promise<void> {
    this.signal?.throwIfAborted();
    const bytes = look(borrowed);
    await asStorageErrors(async () => {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
        this.writtenBytes += bytesWritten;
      }
    });
  }

  async publish(): Promise<void> {
    await this.makeVisible(() => this.giveName());
  }

  async replace(): Promise<void> {
    await this.makeVisible(() => rename(this.pendingPath, this.finalPath));
  }

  private async makeVisible(giveName: () => Promise<void>): Promise<void> {
    await asStorageErrors(async () => {
      await this.handle.sync();
      await giveName();
      this.state = 'published';
      await this.handle.close();
      if (!(await syncDirectory(this.directory))) this.lacking.push('directory_sync');
    });
  }

  /** A rename would silently replace a file that has the name already; a second link does not. */
  private async giveName(): Promise<void> {
    try {
      await link(this.pendingPath, this.finalPath);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'EEXIST') throw new StorageError('exists', { cause: error });
      if (!WITHOUT_LINKS.has(code)) throw error;
      await rename(this.pendingPath, this.finalPath);
      this.lacking.push('hard_links');
      return;
    }
    await unlink(this.pendingPath);
  }

  async discard(): Promise<void> {
    if (this.state !== 'pending') return;
    this.state = 'discarded';
    await this.handle.close().catch(() => undefined);
    await unlink(this.pendingPath).catch(() => undefined);
  }
}
