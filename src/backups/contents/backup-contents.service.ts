import { Injectable } from '@nestjs/common';
import { openBackup } from '../../engine/backup/open-backup';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { AppConfig } from '../../kernel/config/config';
import { OperationsService } from '../../kernel/operations/operations.service';
import { BackupFiles } from '../catalogue/backup-files';
import { Places } from './places';

/** A backup that is open for reading what is in it. */
export interface OpenedContents {
  readonly reader: BackupReader;
  /** Aborts when the client has gone, or the service is stopped. */
  readonly signal: AbortSignal;
  /** Gives back file, lock and place, once nothing is read any more. May be called more than once, and never throws. */
  close(): Promise<void>;
}

/** Opens backups for callers who wait for what is in them. */
@Injectable()
export class BackupContents {
  constructor(
    private readonly files: BackupFiles,
    private readonly operations: OperationsService,
    private readonly config: AppConfig,
  ) {}

  /**
   * Opens a backup. Until it is closed, no replica can remove its file, and the service waits for it when it is stopped.
   *
   * @param places one of them is taken
   * @param gone aborts when the client has gone
   * @throws AppError as `BackupFiles.openUnchanged`, `backups.concurrent_operation`; ContainerError; the signal's reason
   */
  async open(id: number, places: Places, gone: AbortSignal): Promise<OpenedContents> {
    const leave = places.take();
    const closers: (() => Promise<void> | void)[] = [leave];
    const close = async (): Promise<void> => {
      // One that fails keeps none of the others back.
      for (const each of closers.splice(0).toReversed())
        await Promise.resolve()
          .then(each)
          .catch(() => undefined);
    };
    try {
      const operation = this.operations.begin();
      closers.push(operation.end);
      const signal = AbortSignal.any([operation.signal, gone]);
      const opened = await this.files.openUnchanged(id);
      closers.push(() => opened.close());
      signal.throwIfAborted();
      return { reader: await openBackup(opened.file, this.config.keyRing, { signal }), signal, close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Opens a backup for one piece of work, and closes it after that. Arguments and errors as for {@link open}. */
  async during<T>(
    id: number,
    places: Places,
    gone: AbortSignal,
    work: (contents: OpenedContents) => Promise<T>,
  ): Promise<T> {
    const contents = await this.open(id, places, gone);
    try {
      return await work(contents);
    } finally {
      await contents.close();
    }
  }
}
