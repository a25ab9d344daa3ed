import { BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/config';
import { AppError } from '../errors/app-error';

/** The process is going down: running operations end as interrupted and clean up after themselves. */
class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
  constructor() {
    super('the service is shutting down');
  }
}

/** One of the long pieces of work of this process. */
export interface Operation {
  /** Aborts when the work is to end. */
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/**
 * The long pieces of work of this process. Each runs in the background, can be aborted, and is waited for when the
 * process shuts down, so that no child process and no temporary file outlives it.
 */
@Injectable()
export class OperationsService implements BeforeApplicationShutdown {
  private readonly logger = new Logger(OperationsService.name);
  private readonly running = new Map<Promise<undefined>, AbortController>();
  private readonly ending = new AbortController();

  constructor(private readonly config: AppConfig) {}

  /**
   * Starts `work` and returns at once. An error that `work` did not turn into a failed row itself is logged.
   *
   * @throws AppError `backups.concurrent_operation` once the process is shutting down
   */
  start(name: string, work: (signal: AbortSignal) => Promise<void>): void {
    this.during(work).catch((error: unknown) =>
      this.logger.error({ err: error, operation: name }, 'operation ended with an error'),
    );
  }

  /**
   * Does `work` for a caller that waits for it.
   *
   * @throws AppError `backups.concurrent_operation` once the process is shutting down, at once; later what `work` throws
   */
  during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return untilOver(this.begin(), work);
  }

  /**
   * Begins an operation of which the caller reports the end.
   *
   * @throws AppError `backups.concurrent_operation` once the process is shutting down
   */
  begin(): Operation {
    this.refuseWhenShuttingDown();
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.running.set(promise, controller);
    const end = (): void => {
      this.running.delete(promise);
      resolve(undefined);
    };
    return { signal: controller.signal, end };
  }

  /** Aborts at the moment the process is told to stop. */
  get closing(): AbortSignal {
    return this.ending.signal;
  }

  /** True from the moment the process is told to stop. */
  get isClosing(): boolean {
    return this.ending.signal.aborted;
  }

  /** @throws AppError `backups.concurrent_operation` once the process is shutting down */
  refuseWhenShuttingDown(): void {
    if (!this.isClosing) return;
    const details = { hint: 'The service is being stopped.' };
    throw new AppError('backups.concurrent_operation', { cause: new ShutdownError(), details });
  }

  /** Resolves when nothing runs any more, including what was started while waiting. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.keys());
  }

  /** Takes no new work, lets what runs come to its end for a while, and then ends it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort(new ShutdownError());
    await this.idleOrElapsed();
    for (const controller of this.running.values()) controller.abort(new ShutdownError());
    await this.idle();
  }

  private async idleOrElapsed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.config.shutdownGraceSeconds * 1000);
    });
    await Promise.race([this.idle(), elapsed]);
    clearTimeout(timer);
  }
}

async function untilOver<T>({ signal, end }: Operation, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await work(signal);
  } finally {
    end();
  }
}
