import { LocalStorage } from '../storage/local-storage';
import type { S3Place } from '../storage/s3/s3-place';
import type { Storage } from '../storage/storage';

/** Where a storage is. */
export type StoragePlace = DirectoryPlace | ({ readonly kind: 's3' } & S3Place);

interface DirectoryPlace {
  readonly kind: 'directory';
  readonly path: string;
  /** It is never made, and nothing is said to be missing from it while it is missing itself. */
  readonly hasToBeThere?: boolean;
}

/** The storage at a place. Nothing is asked of it yet. */
export async function openStorage(place: StoragePlace): Promise<Storage> {
  if (place.kind === 'directory') return new LocalStorage(place.path, place.hasToBeThere);
  // Loaded when it is used: the SDK is large, and most installations keep their files in a directory.
  const { S3Storage } = await import('../storage/s3/s3-storage.js');
  return new S3Storage(place);
}
