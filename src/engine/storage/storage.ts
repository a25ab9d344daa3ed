import type { Readable } from 'node:stream';
import type { ByteSink } from '../bytes/byte-sink';
import type { RandomSource } from '../container/format/random-source';
import type { Spool } from './spool';

/** Why the storage cannot do what it was asked. */
export type StorageFault = 'missing' | 'no_space' | 'unavailable' | 'exists' | 'bad_name';

/** What a storage does without: backups are made all the same. */
export type StorageLimit = 'directory_sync' | 'hard_links';

/** For people. */
export const STORAGE_LIMITS: Readonly<Record<StorageLimit, string>> = {
  directory_sync: 'the file system cannot sync directories: after a power cut the newest backup may be gone',
  hard_links: 'the file system has no hard links: files get their names by being renamed',
};

/** A storage that cannot. The message names no path. */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  constructor(
    readonly fault: StorageFault,
    options?: ErrorOptions,
  ) {
    super(`storage: ${fault.replace('_', ' ')}`, options);
  }
}

/** A file that is being written and is not listed yet. It is only written forward: nothing of it can be read before it is published. */
export interface PendingFile extends ByteSink {
  /** Bytes written so far. */
  readonly sizeBytes: number;
  /**
   * Makes the file durable and gives it its name, in this order; after it the file survives a power cut.
   * @throws StorageError `exists` when the name is taken; the file is then still pending
   */
  publish(): Promise<void>;
  /** Removes what was written. Never throws, and after {@link publish} does nothing. */
  discard(): Promise<void>;
}

/** What can be known of a published file without reading it. */
export interface FileState {
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Another text as soon as the content may be another one. */
  readonly version: string;
}

/** A published file, open for reading; removing it meanwhile does not disturb the reader. */
export interface StoredFile extends RandomSource {
  /** Another text as soon as the content may be another one. */
  readonly version: string;
  /** A range as a stream, `end` included; the stream does not close the file. */
  createReadStream(range?: { start?: number; end?: number }): Readable;
  /** May be called more than once. */
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

/**
 * Where containers are kept: published files by name, which are complete and never change. Names are of letters, digits,
 * dots, hyphens and underscores and do not begin with a dot. Every error is a {@link StorageError}.
 */
export abstract class Storage {
  /** Begins a file; the name is taken only when it is published. */
  abstract create(name: string): Promise<PendingFile>;
  /** Makes a private local file for what has to be read before it is known whether it is kept. */
  abstract spool(): Promise<Spool>;
  /** @throws StorageError `missing` when there is no regular file of that name */
  abstract open(name: string): Promise<StoredFile>;
  /** @returns `undefined` when there is no regular file of that name */
  abstract stat(name: string): Promise<FileState | undefined>;
  /** Removes a file, durably; no error when it is not there. Links are never followed. */
  abstract remove(name: string): Promise<void>;
  /** Names of the published files, sorted. What lies among them under a name that no file of ours has is not one. */
  abstract list(): Promise<string[]>;
  /** What looks like a file of ours by the end of its name and cannot be read as one, sorted. */
  abstract unusable(ending: string): Promise<UnusableEntry[]>;
  /**
   * Removes pending files of processes that died.
   * @param keep tells by the final name which are still being written, here or elsewhere
   * @returns the final names of what was removed
   */
  abstract removeLeftovers(keep: (name: string) => boolean | Promise<boolean>): Promise<string[]>;
  /**
   * Makes a small file in the way a backup is made, and removes it: only that shows that one can be made.
   * @returns what the storage does without
   */
  abstract tryOut(): Promise<readonly StorageLimit[]>;
  /** Bytes that can still be written. */
  abstract freeBytes(): Promise<number>;
}
