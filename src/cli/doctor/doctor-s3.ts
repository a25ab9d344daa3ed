import { problem, warning } from '../../engine/findings/finding';
import { openStorage } from '../../engine/place/open-storage';
import { s3Url, type S3Place } from '../../engine/storage/s3/s3-place';
import { STORAGE_LIMITS, StorageError } from '../../engine/storage/storage';
import type { AppConfig } from '../../kernel/config/config';
import { type Diagnosis, found, ok } from './diagnosis';
import { checkKeys } from './doctor-keys';
import type { StorageChecks } from './storage-checks';

/** Whether backups can be written to a bucket and listed, what its server lacks, and whether the keys open what is there. */
export async function checkS3(
  place: S3Place,
  { keyRing }: Pick<AppConfig, 'keyRing'>,
  { storage: check, keys, setting }: StorageChecks,
): Promise<Diagnosis[]> {
  const storage = await openStorage({ kind: 's3', ...place });
  const url = s3Url(place);
  try {
    const limits = await storage.tryOut();
    const names = await storage.list();
    const { facts } = await storage.describe();
    const written = ok(check, [`${url} can be written and listed`, ...facts].join('; '));
    const inWords = limits.map((limit) => STORAGE_LIMITS[limit]).join('; ');
    const first = limits.length === 0 ? written : found(check, warning('bucket.limited', { url, limits: inWords }));
    return [first, await checkKeys(keys, storage, names, keyRing)];
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return [found(check, problem('bucket.unusable', { url, setting, error: error.said ?? error.fault }))];
  }
}
