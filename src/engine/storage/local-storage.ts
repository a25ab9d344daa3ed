import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { access, type FileHandle, lstat, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { lend } from '../bytes/borrowed';
import { makeDirectory } from '../disk/make-directory';
import { asStorageErrors, systemCode } from './file-fault';
import { LocalPendingFile } from './local-pending-file';
import { LocalStoredFile } from './local-stored-file';
import { LocalSpool, SPOOL } from './local-spool';
import {
  type CreateOptions,
  type FileState,
  type KeepsLeftover,
  type PendingFile,
  type Spool,
  Storage,
  type StorageDescription,
  StorageError,
  type StorageLimit,
  type StoredFile,
  type UnusableEntry,
} from './storage';
import { checkName, isName } from './storage-name';
import { syncDirectory } from './sync-directory';
import { unusableEntries } from './unusable-entries';

const PENDING = /^\.pending-[0-9a-f]{16}-(.+)$/;
/** In the place of a final name: of files that are there for a moment, while a storage is tried out. */
const PROBE = 'probe';
/** No process is at one of these for so long. */
const HOUR_MS = 3_600_000;

/** Files in one directory (0700) of this machine or of a mounted file system, each 0600. */
export class LocalStorage extends Storage {
  /**
   * @param directory made on first use, unless it has to be there: then all fails with `unavailable` while it is missing, as when
   *   what it lies in is not mounted
   */
  constructor(
    private readonly directory: string,
    private readonly hasToBeThere = false,
  ) {
    super();
  }

  create(name: string, { signal }: CreateOptions = {}): Promise<PendingFile> {
    return asStorageErrors(async () => {
      checkName(name);
      await this.prepare();
      // In the same directory, because a rename is atomic only within one file system.
      const pendingPath = join(this.directory, `.pending-${randomBytes(8).toString('hex')}-${name}`);
      const handle = await open(pendingPath, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
      return new LocalPendingFile(handle, pendingPath, this.pathOf(name), this.directory, signal);
    });
  }

  spool(): Promise<Spool> {
    return asStorageErrors(async () => {
      await this.prepare();
      return LocalSpool.in(this.directory);
    });
  }

  open(name: string): Promise<StoredFile> {
    return asStorageErrors(async () => {
      const handle = await this.openRegular(name);
      try {
        const stats = await handle.stat({ bigint: true });
        if (!stats.isFile()) throw new StorageError('missing');
        const { sizeBytes, version } = stateOf(stats);
        return new LocalStoredFile(handle, sizeBytes, version);
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  stat(name: string): Promise<FileState | undefined> {
    return asStorageErrors(async () => {
      try {
        const stats = await lstat(this.pathOf(name), { bigint: true });
        return stats.isFile() ? stateOf(stats) : undefined;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        await this.expectThere();
        return undefined;
      }
    });
  }

  remove(name: string): Promise<void> {
    return asStorageErrors(async () => {
      // Only a file of ours is removed. A link or a directory that an operator put there stays.
      if ((await this.stat(name)) === undefined) return;
      await this.unlink(this.pathOf(name));
    });
  }

  list(): Promise<string[]> {
    return asStorageErrors(async () => {
      const entries = await this.entries();
      return entries
        .filter((entry) => entry.isFile() && isName(entry.name))
        .map(({ name }) => name)
        .sort();
    });
  }

  unusable(ending: string): Promise<UnusableEntry[]> {
    return asStorageErrors(() => unusableEntries(this.directory, ending));
  }

  removeLeftovers(keep: KeepsLeftover): Promise<string[]> {
    return asStorageErrors(async () => {
      const removed: string[] = [];
      for (const entry of await this.entries()) {
        const name = PENDING.exec(entry.name)?.[1];
        if (name === undefined || !entry.isFile()) continue;
        const path = join(this.directory, entry.name);
        // They have no name by which a process that is at them could be found.
        const isOfMoment = name === PROBE || name === SPOOL;
        if (isOfMoment ? await isYoung(path) : await keep(name)) continue;
        await this.unlink(path);
        if (!isOfMoment) removed.push(name);
      }
      return removed;
    });
  }

  tryOut(): Promise<readonly StorageLimit[]> {
    return asStorageErrors(async () => {
      await this.prepare();
      // Both names are those of pending files: `list` leaves them out, and those of a dead process are removed with the others.
      const [pendingPath, finalPath] = [this.probePath(), this.probePath()];
      const handle = await open(pendingPath, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
      const file = new LocalPendingFile(handle, pendingPath, finalPath, this.directory);
      try {
        await file.write(lend(Buffer.from('probe')));
        await file.publish();
      } finally {
        await file.discard();
        await this.unlink(finalPath);
      }
      return file.limits;
    });
  }

  freeBytes(): Promise<number> {
    return asStorageErrors(async () => {
      await this.prepare();
      await access(this.directory, constants.R_OK | constants.W_OK | constants.X_OK);
      const { bavail, bsize } = await statfs(this.directory);
      return bavail * bsize;
    });
  }

  describe(): Promise<StorageDescription> {
    return Promise.resolve({ kind: 'directory', place: this.directory, facts: [] });
  }

  private async prepare(): Promise<void> {
    if (this.hasToBeThere) await this.expectThere();
    else await makeDirectory(this.directory, 0o700);
  }

  /** Without the directory, a file that is not found may be there all the same. */
  private async expectThere(): Promise<void> {
    if (!this.hasToBeThere) return;
    try {
      if ((await stat(this.directory)).isDirectory()) return;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    throw new StorageError('unavailable', { said: 'the directory is not there' });
  }

  private probePath(): string {
    return join(this.directory, `.pending-${randomBytes(8).toString('hex')}-${PROBE}`);
  }

  private pathOf(name: string): string {
    checkName(name);
    return join(this.directory, name);
  }

  private async openRegular(name: string): Promise<FileHandle> {
    try {
      // Without O_NONBLOCK a pipe of that name would hang us.
      return await open(this.pathOf(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT') await this.expectThere();
      if (code === 'ENOENT' || code === 'ELOOP') throw new StorageError('missing', { cause: error });
      throw error;
    }
  }

  private async entries() {
    try {
      return await readdir(this.directory, { withFileTypes: true });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      await this.expectThere();
      return [];
    }
  }

  private async unlink(path: string): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    await syncDirectory(this.directory);
  }
}

async function isYoung(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs < HOUR_MS;
}

/** Writing to a file, or putting another one in its place, changes one of these. The last cannot be set by hand. */
function stateOf({ ino, size, mtime, mtimeNs, ctimeNs }: BigIntStats): FileState {
  return { sizeBytes: Number(size), modifiedAt: mtime, version: [ino, size, mtimeNs, ctimeNs].join('-') };
}
