/** Keys of an S3 account. */
interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** For how long the server itself keeps what was written from being removed. */
export interface S3Lock {
  readonly days: number;
  readonly mode: 'governance' | 'compliance';
}

/** Objects of one bucket whose keys begin with `prefix` and have no slash after it. */
export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** Of another server than Amazon's. */
  readonly endpoint?: string | undefined;
  /** Otherwise that of the SDK's configuration. */
  readonly region?: string | undefined;
  /** The bucket stands in the path, not in the name of the host. Servers other than Amazon's mostly want that. */
  readonly isPathStyle?: boolean | undefined;
  /** Certificates (PEM) that are trusted beside those of the system. */
  readonly authorities?: string | undefined;
  readonly lock?: S3Lock | undefined;
  /** Otherwise the SDK looks for some: profiles, web identity, roles of the instance. */
  readonly credentials?: S3Credentials | undefined;
  /** First pause before a request is repeated; the next are longer. Milliseconds. */
  readonly pauseMs?: number | undefined;
  /** A connection on which nothing moves for so long is dead. Milliseconds. */
  readonly silenceMs?: number | undefined;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9!_.*'()=-]+\/)*$/;

/** Whether a text names a place in S3, well or badly. */
export function isS3Url(text: string): boolean {
  return /^s3:\/\//i.test(text);
}

/** The text is no `s3://bucket/prefix`. The message says why, and nothing of the text. */
export class S3UrlError extends Error {
  override readonly name = 'S3UrlError';
}

/**
 * Takes `s3://bucket` or `s3://bucket/prefix` apart; a slash at the end makes no difference.
 *
 * @throws S3UrlError
 */
export function parseS3Url(text: string): Pick<S3Place, 'bucket' | 'prefix'> {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text) ?? [];
  if (!BUCKET.test(bucket) || bucket.includes('..')) {
    throw new S3UrlError('has no name of a bucket: s3://bucket/prefix');
  }
  const prefix = path.replace(/\/*$/, '/').replace(/^\/$/, '');
  if (!PREFIX.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..')) {
    throw new S3UrlError(
      "has a prefix that is not made of letters, digits and !_.*'()=- with single slashes between: s3://bucket/prefix",
    );
  }
  return { bucket, prefix };
}

/** For people. */
export function s3Url({ bucket, prefix }: Pick<S3Place, 'bucket' | 'prefix'>): string {
  return `s3://${bucket}/${prefix}`;
}
