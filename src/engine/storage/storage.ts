import type { Readable } from 'node:stream';
import type { ByteSink } from '../bytes/byte-sink';
import type { RandomSource } from '../container/format/random-source';

/** Why the storage cannot do what it was asked. */
export type StorageFault = 'missing' | 'no_space' | 'unavailable' | 'exists' | 'bad_name' | 'changed' | 'locked';

/** What a storage does without: backups are made all the same. */
export type StorageLimit = 'directory_sync' | 'hard_links' | 'conditional_writes' | 'checksums';

/** For people. */
export const STORAGE_LIMITS: Readonly<Record<StorageLimit, string>> = {
  directory_sync: 'the file system cannot sync directories: after a power cut the newest backup may be gone',
  hard_links: 'the file system has no hard links: files get their names by being renamed',
  conditional_writes:
    'the server cannot refuse to replace a file: names are looked up before and after each file is written',
  checksums: 'the server stores no checksums: only a verification shows whether it has kept every byte',
};

/**
 * A storage that cannot. The message names no path, host, bucket or secret.
 *
 * For good: `missing`, `exists`, `bad_name`, and `changed`, when the file is not the one that was opened. Until its time: `locked`.
 * `no_space` and `unavailable` may be over at the next try; whatever helps against a bad moment has been tried.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** Why, for an administrator, where the storage says more than a code of the system. */
  readonly said: string | undefined;

  constructor(
    readonly fault: StorageFault,
    { said, ...options }: ErrorOptions & { said?: string } = {},
  ) {
    super(`storage: ${fault.replace('_', ' ')}${said === undefined ? '' : `: ${said}`}`, options);
    this.said = said;
  }
}

/** How a file is begun. */
export interface CreateOptions {
  /** About how large it becomes; a storage may plan for it. A wrong one does not matter. */
  readonly expectedBytes?: number;
  /** Ends what a write waits for: the write rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * A file that is being written and is not visible yet, whatever becomes of its process. It is only written forward, by one writer, one
 * call at a time; nothing of it can be read before it is published.
 */
export interface PendingFile extends ByteSink {
  /** Bytes written so far. */
  readonly sizeBytes: number;
  /**
   * Makes the file durable and visible as a whole, and never replaces one that is there. It was done, or not at all; when the answer of
   * a server is lost, it is asked what it has.
   * @throws StorageError `exists` when the name is taken; the file is then still pending. `unavailable` leaves open whether the file is
   *   there when the server could not even be asked; a caller that goes on then removes the name.
   */
  publish(): Promise<void>;
  /**
   * Makes the file durable and visible in place of the one that has its name. Whatever becomes of the process, one of the two is
   * there, whole. A reader of the former one finishes, or is told.
   */
  replace(): Promise<void>;
  /** Removes what was written. Never throws, may be repeated, and after {@link publish} or {@link replace} does nothing. */
  discard(): Promise<void>;
}

/** A private file of this machine, for what has to be read before it is known whether it is kept. It goes with its process. */
export interface Spool extends ByteSink, RandomSource {
  /** Never throws, and may be called more than once. */
  close(): Promise<void>;
}

/** What can be known of a published file without reading it. */
export interface FileState {
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Another text as soon as the content may be another one. */
  readonly version: string;
  /** A time to come, until which the storage itself refuses to remove it. */
  readonly lockedUntil?: Date;
}

/**
 * A published file, open for reading, by any number of readers at once. All that is read is of the version that was opened: when the
 * file is removed or replaced meanwhile, a read gives the old bytes or fails with `missing` or `changed`, and never gives others.
 */
export interface StoredFile extends RandomSource {
  /** As of {@link FileState}. */
  readonly version: string;
  /** A range as a stream, `end` included; the stream does not close the file. */
  createReadStream(range?: { start?: number; end?: number }): Readable;
  /** Ends reads that are on their way. May be called more than once. */
  close(): Promise<void>;
}

/** Something in the place of the files that is not one, or cannot be read. */
export interface UnusableEntry {
  /** For people: what is not text, or not seen, is escaped. */
  readonly name: string;
  /** Why, in words for people: its kind, its name, or owner and mode. */
  readonly reason: string;
  /** It is a file like ours but for the right to read it. */
  readonly isClosed: boolean;
}

/** What a storage is, for the people who run it. */
export interface StorageDescription {
  readonly kind: 'directory' | 's3';
  /** A path or a URL. */
  readonly place: string;
  /** What is worth knowing about it, in words. */
  readonly facts: readonly string[];
}

/**
 * Whether a pending file stays: it is still being written, here or elsewhere.
 * @param name the one that it is to have
 * @param begunAt where other programs begin files in the same way, too: when it was begun
 */
export type KeepsLeftover = (name: string, begunAt?: Date) => boolean | Promise<boolean>;

/**
 * Where containers are kept: published files by name, which are complete and never change. Names are of letters, digits,
 * dots, hyphens and underscores and do not begin with a dot. Every error is a {@link StorageError}.
 *
 * All methods may run beside each other, in this process and in others that use the same place. What one of them has published or
 * removed, all of them see from then on.
 */
export abstract class Storage {
  /**
   * Begins a file, under a name that is taken only when it is published. Repeated, it begins another file.
   */
  abstract create(name: string, options?: CreateOptions): Promise<PendingFile>;
  /** Makes a private file of this machine for what has to be read before it is known whether it is kept. */
  abstract spool(): Promise<Spool>;
  /** @throws StorageError `missing` when there is no regular file of that name */
  abstract open(name: string): Promise<StoredFile>;
  /** @returns `undefined` only when the storage is there and has no regular file of that name */
  abstract stat(name: string): Promise<FileState | undefined>;
  /**
   * Removes a file, durably; no error when it is not there, so it may be repeated. Links are never followed.
   * @throws StorageError `locked` while the storage keeps it
   */
  abstract remove(name: string): Promise<void>;
  /** Names of the published files, sorted. What lies among them under a name that no file of ours has is not one. */
  abstract list(): Promise<string[]>;
  /** What looks like a file of ours by the end of its name and cannot be read as one, sorted. */
  abstract unusable(ending: string): Promise<UnusableEntry[]>;
  /**
   * Removes pending files of processes that died.
   * @param keep tells which stay
   * @returns the final names of what was removed
   */
  abstract removeLeftovers(keep: KeepsLeftover): Promise<string[]>;
  /**
   * Does what begins a backup, and leaves no file: only that shows that one can be made. May be repeated every few seconds.
   * @returns what the storage does without
   */
  abstract tryOut(): Promise<readonly StorageLimit[]>;
  /** Bytes that can still be written; `undefined` where there is no such limit. */
  abstract freeBytes(): Promise<number | undefined>;
  /** Never fails: what cannot be found out is left out. */
  abstract describe(): Promise<StorageDescription>;
}
