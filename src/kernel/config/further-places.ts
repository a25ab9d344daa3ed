import { resolve } from 'node:path';
import type { StoragePlace } from '../../engine/place/open-storage';
import { isS3Url, parseS3Url, s3Url, S3UrlError } from '../../engine/storage/s3/s3-place';
import { FIRST_STORAGE } from './first-storage';
import { ConfigFileError, readCertificates, readSecret } from './config-files';
import { readCredentials } from './storage-place';
import type { ValueReader } from './value-reader';
import type { ValueOf } from './variables';

type Described = ValueOf<'BERKUT_BACKUP_STORAGES_FILE'>[number];

/** Where copies are kept, and under which name that is known. */
export interface FurtherPlace {
  readonly name: string;
  readonly place: StoragePlace;
}

/** Reads where copies are kept. */
export function readFurtherPlaces(read: ValueReader, first: StoragePlace): FurtherPlace[] {
  const described = read.optional('BERKUT_BACKUP_STORAGES_FILE') ?? [];
  const names = new Set<string>([FIRST_STORAGE]);
  const places = new Set([identity(first)]);
  return described.flatMap((one) => {
    try {
      const place = placeOf(one, read);
      if (names.has(one.name)) throw new ConfigFileError('has a name that is taken');
      if (places.has(identity(place))) throw new ConfigFileError('is the place of another storage');
      names.add(one.name);
      places.add(identity(place));
      return [{ name: one.name, place }];
    } catch (error) {
      if (!(error instanceof ConfigFileError || error instanceof S3UrlError)) throw error;
      read.problem('BERKUT_BACKUP_STORAGES_FILE', `describes the storage ${one.name}, which ${error.message}`);
      return [];
    }
  });
}

function placeOf(one: Described, read: ValueReader): StoragePlace {
  const { url, endpoint, region, path_style: isPathStyle, ca_file: authorities, lock_days: days } = one;
  if (!isS3Url(url)) return { kind: 'directory', path: url };
  return {
    kind: 's3',
    ...parseS3Url(url),
    endpoint,
    region,
    isPathStyle,
    authorities: authorities === undefined ? undefined : readCertificates(authorities),
    lock: days === undefined ? undefined : { days, mode: one.lock_mode },
    credentials: credentialsOf(one, read),
  };
}

/** Its own, or those of the environment. */
function credentialsOf(
  { access_key_id: accessKeyId, secret_access_key_file: secretFile }: Described,
  read: ValueReader,
): ReturnType<typeof readCredentials> {
  if (accessKeyId === undefined && secretFile === undefined) return readCredentials(read);
  if (accessKeyId === undefined || secretFile === undefined)
    throw new ConfigFileError('has "access_key_id" or "secret_access_key_file" without the other');
  return { accessKeyId, secretAccessKey: readSecret(secretFile), sessionToken: undefined };
}

/** Two storages in one place would take each other's files for copies. */
function identity(place: StoragePlace): string {
  return place.kind === 'directory' ? resolve(place.path) : `${place.endpoint ?? ''} ${s3Url(place)}`;
}
