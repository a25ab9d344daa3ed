import { realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { StoragePlace } from '../../engine/place/open-storage';
import { isS3Url, parseS3Url, s3Url, S3UrlError } from '../../engine/storage/s3/s3-place';
import { FIRST_STORAGE } from './first-storage';
import { ConfigFileError, readCertificates, readSecret, type StorageKeep } from './config-files';
import { readCredentials } from './storage-place';
import type { ValueReader } from './value-reader';
import type { ValueOf } from './variables';

type Described = ValueOf<'BERKUT_BACKUP_STORAGES_FILE'>[number];

/** Where copies are kept, and under which name that is known. */
export interface FurtherPlace {
  readonly name: string;
  readonly place: StoragePlace;
  /** Another text as soon as it is another place: what is known of copies holds for this one alone. */
  readonly identity: string;
  /** What it keeps; without it, what the plan keeps. */
  readonly keep: StorageKeep | undefined;
}

/** Reads where copies are kept. */
export function readFurtherPlaces(read: ValueReader, first: StoragePlace): FurtherPlace[] {
  const described = read.optional('BERKUT_BACKUP_STORAGES_FILE') ?? [];
  const names = new Set<string>([FIRST_STORAGE]);
  const places = new Set([identityOf(first)]);
  return described.flatMap((one) => {
    try {
      const place = placeOf(one, read);
      if (names.has(one.name)) throw new ConfigFileError('has a name that is taken');
      const identity = identityOf(place);
      if (places.has(identity)) throw new ConfigFileError('is the place of another storage');
      names.add(one.name);
      places.add(identity);
      return [{ name: one.name, place, identity, keep: one.keep }];
    } catch (error) {
      if (!(error instanceof ConfigFileError || error instanceof S3UrlError)) throw error;
      read.problem('BERKUT_BACKUP_STORAGES_FILE', `describes the storage ${one.name}, which ${error.message}`);
      return [];
    }
  });
}

function placeOf(one: Described, read: ValueReader): StoragePlace {
  const { url, endpoint, region, path_style: isPathStyle, ca_file: authorities, lock_days: days } = one;
  if (!isS3Url(url)) {
    if (!isAbsolute(url))
      throw new ConfigFileError('has a "url" that is neither an absolute path nor s3://bucket/prefix');
    return { kind: 'directory', path: url, hasToBeThere: true };
  }
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
function identityOf(place: StoragePlace): string {
  if (place.kind === 'directory') return realPath(place.path);
  const endpoint = place.endpoint !== undefined && URL.canParse(place.endpoint) ? new URL(place.endpoint).href : '';
  return `${endpoint} ${s3Url(place)}`;
}

/** Behind links; of a directory that is not there, as it is written. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
