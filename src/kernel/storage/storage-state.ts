import { type Storage, StorageError } from '../../engine/storage/storage';
import type { Clock } from '../clock/clock';
import { tryOut, type TriedStorage } from './try-out';

/** A storage that accepts a question and does not answer counts as away. */
const ANSWER_WITHIN_MS = 5_000;

/** So long an answer holds: each question writes to the storage, and some servers want money for it. */
const GOOD_FOR_MS = 30_000;
/** A storage that is back is to be seen as such soon. */
const BAD_FOR_MS = 5_000;

/** Whether a storage could be written when it was last asked. */
export interface StorageState {
  /** Of the configuration. */
  readonly name: string;
  /** Why it cannot be written, if it cannot. */
  readonly error: StorageError | undefined;
  /** Since when, as far as this process knows. */
  readonly unusableSince: Date | undefined;
  /** What it has said when it could be written. */
  readonly tried: TriedStorage | undefined;
}

/** Asks one storage, one question at a time: one that is silent keeps a question open for minutes. */
export class StorageQuestion {
  private latest: { state: StorageState; holdsUntilMs: number } | undefined;
  private open: { answer: Promise<StorageState>; silentFromMs: number } | undefined;
  private unusableSince: Date | undefined;

  constructor(
    readonly name: string,
    private readonly storage: Storage,
    private readonly clock: Clock,
  ) {}

  /** Never rejects, and never waits long. */
  async ask(): Promise<StorageState> {
    if (this.open === undefined && this.latest !== undefined && performance.now() < this.latest.holdsUntilMs)
      return this.latest.state;
    const { answer, silentFromMs } = (this.open ??= {
      answer: this.answer().finally(() => (this.open = undefined)),
      silentFromMs: performance.now() + ANSWER_WITHIN_MS,
    });
    return this.orSilence(answer, silentFromMs - performance.now());
  }

  private async answer(): Promise<StorageState> {
    try {
      const tried = await tryOut(this.storage);
      this.unusableSince = undefined;
      const state = { name: this.name, error: undefined, unusableSince: undefined, tried };
      this.latest = { state, holdsUntilMs: performance.now() + GOOD_FOR_MS };
      return state;
    } catch (error) {
      const state = this.unusable(
        error instanceof StorageError ? error : new StorageError('unavailable', { cause: error }),
      );
      this.latest = { state, holdsUntilMs: performance.now() + BAD_FOR_MS };
      return state;
    }
  }

  private async orSilence(answer: Promise<StorageState>, ms: number): Promise<StorageState> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<StorageState>((resolve) => {
      const end = (): void => resolve(this.unusable(new StorageError('unavailable', { said: 'it does not answer' })));
      timer = setTimeout(end, Math.max(0, ms));
    });
    try {
      return await Promise.race([answer, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  private unusable(error: StorageError): StorageState {
    this.unusableSince ??= this.clock.now();
    return { name: this.name, error, unusableSince: this.unusableSince, tried: undefined };
  }
}
