import type { StoragePlace } from '../../engine/place/open-storage';
import { isS3Url, parseS3Url, type S3Place, S3UrlError } from '../../engine/storage/s3/s3-place';
import type { Environment } from './environment';
import { readVariables } from './read-variables';
import { ValueReader } from './value-reader';
import type { VariableName } from './variables';

/** What says something about a storage in S3 and nothing about a directory. */
const OF_S3: readonly VariableName[] = [
  'BERKUT_BACKUP_S3_ENDPOINT',
  'BERKUT_BACKUP_S3_REGION',
  'BERKUT_BACKUP_S3_PATH_STYLE',
  'BERKUT_BACKUP_S3_CA_FILE',
  'BERKUT_BACKUP_S3_LOCK_DAYS',
  'BERKUT_BACKUP_S3_LOCK_MODE',
];

/** What is meant as an address of something else: as a directory it would be made beside the program, and filled. */
const OTHER_URL = /^[a-z][a-z0-9+.-]+:/i;

/** Reads where the storage is. */
export function readStoragePlace(read: ValueReader): StoragePlace {
  const text = read.value('BERKUT_BACKUP_PATH');
  if (!isS3Url(text)) {
    if (OTHER_URL.test(text))
      read.problem('BERKUT_BACKUP_PATH', 'is neither a path of a directory nor s3://bucket/prefix: write one of these');
    for (const variable of OF_S3) {
      if (read.has(variable)) read.problem(variable, 'has no effect: BERKUT_BACKUP_PATH is a directory');
    }
    return { kind: 'directory', path: text };
  }
  return { kind: 's3', ...urlParts(read, text), ...readS3(read), lock: readLock(read) };
}

/**
 * A place that a command names, with what the environment says of S3.
 *
 * @param url `s3://bucket/prefix`
 * @throws S3UrlError, ConfigError
 */
export function s3PlaceAt(url: string, environment: Environment): S3Place {
  const { values, problems } = readVariables(environment);
  const read = new ValueReader(
    values,
    problems.filter(({ variable }) => /^(?:BERKUT_BACKUP_S3_|AWS_)/.test(variable)),
  );
  const place = { ...parseS3Url(url), ...readS3(read), lock: readLock(read) };
  read.finish();
  return place;
}

function urlParts(read: ValueReader, text: string): Pick<S3Place, 'bucket' | 'prefix'> {
  try {
    return parseS3Url(text);
  } catch (error) {
    if (!(error instanceof S3UrlError)) throw error;
    read.problem('BERKUT_BACKUP_PATH', error.message);
    return { bucket: '', prefix: '' };
  }
}

function readS3(read: ValueReader): Omit<S3Place, 'bucket' | 'prefix' | 'lock'> {
  return {
    endpoint: read.optional('BERKUT_BACKUP_S3_ENDPOINT'),
    region: read.optional('BERKUT_BACKUP_S3_REGION'),
    isPathStyle: read.optional('BERKUT_BACKUP_S3_PATH_STYLE'),
    authorities: read.optional('BERKUT_BACKUP_S3_CA_FILE'),
    credentials: readCredentials(read),
  };
}

function readLock(read: ValueReader): S3Place['lock'] {
  const days = read.optional('BERKUT_BACKUP_S3_LOCK_DAYS');
  if (days === undefined && read.has('BERKUT_BACKUP_S3_LOCK_MODE')) {
    read.problem('BERKUT_BACKUP_S3_LOCK_DAYS', 'is required with BERKUT_BACKUP_S3_LOCK_MODE');
  }
  return days === undefined ? undefined : { days, mode: read.value('BERKUT_BACKUP_S3_LOCK_MODE') };
}

/** @returns `undefined` where the SDK has to look for some */
export function readCredentials(read: ValueReader): S3Place['credentials'] {
  const accessKeyId = read.optional('AWS_ACCESS_KEY_ID');
  const secretAccessKey = read.optional('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    read.problem('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY', 'are only useful together');
    return undefined;
  }
  return { accessKeyId, secretAccessKey, sessionToken: read.optional('AWS_SESSION_TOKEN') };
}
