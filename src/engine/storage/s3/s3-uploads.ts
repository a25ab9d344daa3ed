import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { present } from '../../optional/present';
import type { S3Bucket } from './s3-bucket';
import { statusOf } from './s3-fault';

/** An upload that has begun and not ended, of this program or another one. */
interface UnfinishedUpload {
  /** Of the file that it is to become. */
  readonly name: string;
  readonly key: string;
  readonly uploadId: string | undefined;
  readonly begunAt: Date;
}

/**
 * Uploads to keys directly below the prefix.
 *
 * @param beginning only of files whose name begins so
 */
export async function* uploadsIn(bucket: S3Bucket, beginning = ''): AsyncGenerator<UnfinishedUpload, void, undefined> {
  const { Bucket, Key: Prefix } = bucket.object(beginning);
  let markers: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (markers !== undefined) {
    const page: ListMultipartUploadsCommandOutput = await bucket.prompt.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix, ...markers }),
    );
    for (const { Key: key, UploadId: uploadId, Initiated: begunAt = new Date() } of page.Uploads ?? []) {
      const name = bucket.nameOf(key);
      if (name !== undefined && key !== undefined) yield { name, key, uploadId, begunAt };
    }
    const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
    const hasMore = IsTruncated === true && KeyMarker !== undefined;
    markers = hasMore ? { KeyMarker, ...present({ UploadIdMarker }) } : undefined;
  }
}

/** Its parts are removed. Another replica may have ended it meanwhile. */
export async function endUpload(bucket: S3Bucket, Key: string, UploadId: string | undefined): Promise<void> {
  const upload = { Bucket: bucket.place.bucket, Key, UploadId };
  await bucket.prompt.send(new AbortMultipartUploadCommand(upload)).catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  });
}
