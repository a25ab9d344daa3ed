import { setTimeout as delay } from 'node:timers/promises';
import { ContainerError } from '../../engine/container/format/container-error';
import { inspectHeader } from '../../engine/container/format/header';
import { HEADER_BYTES } from '../../engine/container/format/layout';
import { type Storage, StorageError } from '../../engine/storage/storage';

/** A start does not wait longer for a storage that is silent. */
const WAITS_MS = 10_000;
/** One file that cannot be read may be damaged; so many in a row are the storage. */
const IN_A_ROW = 2;

/** Reads from files which key they need. A storage that is away is not asked any more, so a start does not wait for it. */
export class KeysOfFiles {
  private failedInARow = 0;
  private leftMs: number;

  /** @param waitsMs how long all questions together may take */
  constructor(
    private readonly storage: Pick<Storage, 'open'>,
    waitsMs = WAITS_MS,
  ) {
    this.leftMs = waitsMs;
  }

  /**
   * The key that the file itself names, which `bscc rekey` may have changed since its row was written.
   *
   * @param known what the row says, for a file of version 1, which names none, and one that cannot be read now
   * @returns `undefined` when the file is gone: it needs no key
   */
  async of(storageName: string | null, known: string): Promise<string | undefined> {
    if (storageName === null) return undefined;
    if (this.leftMs <= 0 || this.failedInARow >= IN_A_ROW) return known;
    const beganAtMs = performance.now();
    const waiting = new AbortController();
    try {
      const late = this.untilLate(known, waiting.signal);
      late.catch(() => undefined);
      return await Promise.race([this.read(storageName, known), late]);
    } finally {
      waiting.abort();
      this.leftMs -= performance.now() - beganAtMs;
    }
  }

  /** A timer may go off a part of a millisecond early: nothing is left then all the same. */
  private async untilLate(known: string, signal: AbortSignal): Promise<string> {
    await delay(this.leftMs, undefined, { signal });
    this.leftMs = 0;
    return known;
  }

  private async read(storageName: string, known: string): Promise<string | undefined> {
    try {
      const file = await this.storage.open(storageName);
      try {
        const { keyId } = inspectHeader(await file.read(0, Math.min(HEADER_BYTES, file.sizeBytes)));
        this.failedInARow = 0;
        return keyId;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof ContainerError) return known;
      if (!(error instanceof StorageError)) throw error;
      if (error.fault === 'missing') return undefined;
      this.failedInARow += 1;
      return known;
    }
  }
}
