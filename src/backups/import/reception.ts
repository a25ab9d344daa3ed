import type { PendingFile, Storage } from '../../engine/storage/storage';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import type { Clock } from '../../kernel/clock/clock';
import { AppError } from '../../kernel/errors/app-error';
import { abortable } from '../../kernel/http/abortable';
import { lockName, type LockSession } from '../../kernel/operations/lock-session';
import type { LockService } from '../../kernel/operations/lock.service';
import type { Operation } from '../../kernel/operations/operations.service';
import { storageNameAt } from '../make/backup-runner';
import type { ImportedBackup, ImportedBackups, VerifiedFile } from './imported-backups';
import { writeVerified } from './write-verified';

/** What an upload says of itself. */
export interface OfferedFile {
  readonly requestedBy: string;
  readonly originFilename: string;
}

/** One upload of a container. */
export interface Upload {
  readonly offered: OfferedFile;
  /** Aborts when the file is not wanted any more: its client has gone, or sends next to nothing. */
  readonly unwanted: AbortSignal;
  /** From the first byte to the row it is one piece of work that a stop waits for. */
  readonly operation: Operation;
  /** Lets the next upload in. */
  readonly leave: () => void;
}

/** What a reception works with. */
export interface ReceptionParts {
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly locks: LockService;
  readonly entered: ImportedBackups;
}

/** The file arrives until its last byte is verified. Only a verified file can be kept. */
type State = { at: 'arriving' } | { at: 'verified'; file: VerifiedFile } | { at: 'over' };

/**
 * Receives one upload: {@link write}, then {@link keep} or {@link discard}. Whichever way it ends, its place, its locks and
 * its temporary file are given back.
 */
export class Reception {
  private state: State = { at: 'arriving' };
  private readonly beganAtMs = performance.now();
  private session: LockSession | undefined;
  private pending: PendingFile | undefined;

  constructor(
    private readonly upload: Upload,
    private readonly parts: ReceptionParts,
  ) {}

  /**
   * Writes the file as it arrives, and verifies it. A file that is refused is discarded.
   *
   * @param chunks an error of it, such as a limit, ends the upload
   * @throws AppError `backups.concurrent_operation` when the service is shutting down; ContainerError, StorageError, or
   *   what `chunks` throws, or the reason of `unwanted`
   */
  async write(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { offered, unwanted, operation } = this.upload;
    const { keyRing, clock, storage, locks } = this.parts;
    try {
      const session = (this.session = await locks.open());
      const signal = AbortSignal.any([operation.signal, unwanted, session.signal]);
      signal.throwIfAborted();
      const storageName = storageNameAt(clock.now());
      await session.tryLock(lockName.importing(storageName), 'exclusive');
      const pending = (this.pending = await storage.create(storageName, { signal }));
      const content = await writeVerified(abortable(chunks, signal), pending, { storage, keyRing, signal });
      const file = { ...offered, ...content, storageName, session, pending, signal, beganAtMs: this.beganAtMs };
      this.state = { at: 'verified', file };
    } catch (error) {
      const reason = this.reasonOf(error);
      // Why it ended counts, and not what could not be given back.
      await this.discard().catch(() => undefined);
      throw reason;
    }
  }

  /** Makes the file a backup, or gives it back to the backup that has lost it. */
  async keep(): Promise<ImportedBackup> {
    if (this.state.at !== 'verified') throw new Error('only a verified file can be kept');
    try {
      return await this.parts.entered.enter(this.state.file);
    } finally {
      await this.discard();
    }
  }

  /** Removes the file, unless it was kept. Does nothing when the reception is over already. */
  async discard(): Promise<void> {
    if (this.state.at === 'over') return;
    this.state = { at: 'over' };
    // First: a caller that sees that nothing of the upload is left must find its place free.
    this.upload.leave();
    try {
      await this.giveBack();
    } finally {
      // The end of the process waits for it.
      this.upload.operation.end();
    }
  }

  private async giveBack(): Promise<void> {
    try {
      // After it was published there is nothing to discard.
      await this.pending?.discard();
    } finally {
      await this.session?.close();
    }
  }

  /** What an error of the parts comes from. */
  private reasonOf(error: unknown): unknown {
    const { unwanted, operation } = this.upload;
    if (unwanted.aborted) return error;
    // Whatever the parts say then is a consequence of that.
    if (operation.signal.aborted) {
      const details = { hint: 'The service is being stopped.' };
      return new AppError('backups.concurrent_operation', { cause: error, details });
    }
    if (this.session?.isLost === true) return new AppError('backups.storage_unavailable', { cause: error });
    return error;
  }
}
