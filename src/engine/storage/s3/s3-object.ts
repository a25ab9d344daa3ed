import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { present } from '../../optional/present';
import { StorageError } from '../storage';
import type { S3Bucket } from './s3-bucket';
import { isPassing, toS3Error } from './s3-fault';

/** A body that breaks off is asked for again from where it broke. So often without one byte more, and it is given up. */
const TRIES = 5;
const PAUSE_MS = 100;

/** One version of one object. */
export interface S3Version {
  readonly name: string;
  readonly sizeBytes: number;
  readonly etag: string;
  /** In buckets that keep versions. */
  readonly versionId: string | undefined;
}

/** The body ended before all of it was there, or is not what was asked for. */
class TornBodyError extends Error {
  override readonly name = 'TornBodyError';
}

/**
 * The bytes of a range, both ends included, all of one version. A body that breaks off goes on in the next request at the same byte.
 *
 * @throws StorageError `missing`, `changed` when the object was replaced, `unavailable`
 */
export async function* readObject(
  bucket: S3Bucket,
  version: S3Version,
  range: { start: number; end: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let at = range.start;
  for (let tries = 0; at <= range.end;) {
    try {
      const body = await requestBody(bucket, version, { start: at, end: range.end }, signal);
      try {
        for await (const chunk of body) {
          if (!Buffer.isBuffer(chunk) || at + chunk.length > range.end + 1) throw new TornBodyError();
          at += chunk.length;
          tries = 0;
          yield chunk;
        }
      } finally {
        body.destroy();
      }
      if (at <= range.end) throw new TornBodyError();
    } catch (error) {
      if (signal.aborted) throw new StorageError('unavailable', { cause: error, said: 'the file was closed' });
      tries += 1;
      if (!isPassing(error) || tries >= TRIES) throw toS3Error(error, 'read');
      await pause((bucket.place.pauseMs ?? PAUSE_MS) * 2 ** tries * Math.random(), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }
}

async function requestBody(
  bucket: S3Bucket,
  { name, etag, versionId, sizeBytes }: S3Version,
  { start, end }: { start: number; end: number },
  signal: AbortSignal,
): Promise<Readable> {
  const { Body, ContentRange } = await bucket.prompt.send(
    new GetObjectCommand({
      ...bucket.object(name),
      Range: `bytes=${start}-${end}`,
      IfMatch: etag,
      ...present({ VersionId: versionId }),
    }),
    { abortSignal: signal },
  );
  if (!(Body instanceof Readable)) throw new TornBodyError();
  if (ContentRange?.replace(/^bytes /, '') === `${start}-${end}/${sizeBytes}`) return Body;
  Body.destroy();
  // A server that leaves out the range sends the beginning.
  throw new StorageError('unavailable', { said: 'the server sent other bytes than those that were asked for' });
}
