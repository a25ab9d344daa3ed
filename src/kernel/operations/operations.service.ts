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

/**
 * The long pieces of work of this process. Each runs in the background, can be aborted, and is waited for when the
 * process shuts down, so that no child process and no temporary file outlives it.
 */
@Injectable()
export class OperationsService implements BeforeApplicationShutdown {
  private readonly logger = new Logger(OperationsService.name);
  private readonly running = new Map<Promise<void>, AbortController>();
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
    this.refuseWhenShuttingDown();
    const controller = new AbortController();
    const working = work(controller.signal);
    const done: Promise<void> = working.then(ignore, ignore).finally(() => this.running.delete(done));
    this.running.set(done, controller);
    return working;
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

/** A waiter for the end does not care about the outcome. */
function ignore(): void {
  return undefined;
}
