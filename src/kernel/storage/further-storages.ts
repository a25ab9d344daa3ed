import type { Storage } from '../../engine/storage/storage';
import type { StorageKeep } from '../config/config-files';

/** A storage beside the first one, which keeps copies. */
export interface FurtherStorage {
  /** Stable: rows and clients know it by this name. */
  readonly name: string;
  /** Of its place. Under another one the storage has none of the copies that are known. */
  readonly identity: string;
  readonly storage: Storage;
  /** What it keeps; without it, what the plan keeps. */
  readonly keep?: StorageKeep | undefined;
}

/** The storages that keep copies, in the order in which they are asked; also the token under which they are injected. */
export abstract class FurtherStorages {
  abstract readonly all: readonly FurtherStorage[];
}
