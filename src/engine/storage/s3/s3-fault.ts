import { S3ServiceException } from '@aws-sdk/client-s3';
import { StorageError, type StorageFault } from '../storage';
import { systemCode } from '../file-fault';

/** What was being done, in words that follow "may not" or "could not". */
export type S3Action = 'write' | 'read' | 'list' | 'remove' | 'look at its settings';

/** Answers after which the same request would get the same answer, in words for an administrator. They name no host, key or bucket. */
const SAID: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'the server does not know the access key',
  SignatureDoesNotMatch: 'the secret of the access key is wrong',
  AuthorizationHeaderMalformed: 'the bucket is in another region, or the access key is malformed',
  InvalidToken: 'the session token is not valid',
  InvalidClientTokenId: 'the server does not know the access key',
  ExpiredToken: 'the session token has expired',
  ExpiredTokenException: 'the session token has expired',
  TokenRefreshRequired: 'the session token has expired',
  RequestTimeTooSkewed: 'the clocks of this machine and of the server differ too much',
  RequestExpired: 'the clocks of this machine and of the server differ too much',
  NoSuchBucket: 'the bucket is not there',
  InvalidBucketName: 'the server takes no bucket of that name',
  PermanentRedirect: 'the bucket is in another region',
  TemporaryRedirect: 'the bucket is in another region',
  IllegalLocationConstraintException: 'the bucket is in another region',
  CredentialsProviderError: 'there are no credentials',
  ObjectLockConfigurationNotFoundError: 'the bucket has no object lock',
  InvalidObjectState: 'the object is in an archive and must be brought back first',
  SlowDown: 'the server asks to slow down, again and again',
  BadDigest: 'the bytes did not arrive as they were sent',
  NoSuchUpload: 'the upload was ended by another program',
  TimeoutError: 'the server does not answer',
};

const NO_SPACE: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'InsufficientCapacity',
  'XMinioStorageFull',
  'InsufficientStorage',
]);
const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion']);

/** Does `work` and turns what S3 and the network say into errors of the storage. */
export async function asS3Errors<T>(action: S3Action, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toS3Error(error, action);
  }
}

/** @param error what the SDK threw */
export function toS3Error(error: unknown, action: S3Action): StorageError {
  if (error instanceof StorageError) return error;
  return new StorageError(faultOf(error), { cause: error, said: saidOf(error, action) });
}

/** The name that S3 has for what is wrong; that of the SDK's own errors. */
export function s3Code(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Whether the same request can have another answer later: the network, or the server, had a bad moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StorageError) return false;
  if (!(error instanceof S3ServiceException)) return s3Code(error) !== 'CredentialsProviderError';
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

/** @returns `undefined` when there was no answer */
export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function faultOf(error: unknown): StorageFault {
  const code = s3Code(error);
  if (MISSING.has(code)) return 'missing';
  if (NO_SPACE.has(code) || statusOf(error) === 507) return 'no_space';
  if (statusOf(error) === 412) return 'changed';
  return 'unavailable';
}

/** With the name that the server has for it, which is what one looks for in its manual. */
function saidOf(error: unknown, action: S3Action): string {
  const code = s3Code(error);
  const system = systemCodeIn(error);
  const known = SAID[code];
  if (known !== undefined) return `${known} (${code})`;
  // The SDK has neither a class nor a code for it.
  if (error instanceof Error && error.message === 'Region is missing') return 'no region is configured';
  const status = statusOf(error);
  if (status === 401 || status === 403) return `the credentials may not ${action} (${nameOf(code, status)})`;
  if (status === 301 || status === 307) return `the bucket is in another region (${status})`;
  if (system !== undefined) return `the server cannot be reached (${system})`;
  if (status === undefined) return `the storage could not ${action}`;
  return `the server could not ${action} (${nameOf(code, status)})`;
}

/** The system's name of what went wrong, or Node's for certificates. It may be within the error of the SDK. */
function systemCodeIn(error: unknown): string | undefined {
  const code = systemCode(error);
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  if (typeof error !== 'object' || error === null) return undefined;
  // By shape: what Node throws is not always of the classes that are known here.
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return systemCodeIn(error.errors[0]);
  return 'cause' in error ? systemCodeIn(error.cause) : undefined;
}

/** A code is a word; anything else may be something of the caller's. */
function nameOf(code: string, status: number): string {
  return /^[A-Za-z]{3,60}$/.test(code) && !/^(?:Unknown|Error)/.test(code) ? `${code}, ${status}` : `${status}`;
}
