import { tmpdir } from 'node:os';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  type HeadObjectCommandOutput,
  type _Object,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { present } from '../../optional/present';
import { shownName } from '../../disk/shown-name';
import { LocalSpool } from '../local-spool';
import {
  type CreateOptions,
  type FileState,
  type KeepsLeftover,
  type PendingFile,
  type Spool,
  Storage,
  type StorageDescription,
  StorageError,
  type StorageLimit,
  type StoredFile,
  type UnusableEntry,
} from '../storage';
import { BAD_NAME, checkName, isName } from '../storage-name';
import { S3Bucket } from './s3-bucket';
import { asS3Errors, statusOf } from './s3-fault';
import { PROBE, S3Features } from './s3-features';
import { S3PendingFile } from './s3-pending-file';
import { type S3Place, s3Url } from './s3-place';
import { S3StoredFile } from './s3-stored-file';
import { endUpload, uploadsIn } from './s3-uploads';

const DAY_MS = 24 * 3_600_000;
/** Storage classes whose objects must be brought back before they can be read. */
const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Objects of a bucket, each under a name of its own below a prefix. */
export class S3Storage extends Storage {
  private readonly bucket: S3Bucket;
  private readonly features: S3Features;

  constructor(private readonly place: S3Place) {
    super();
    this.bucket = new S3Bucket(place);
    this.features = new S3Features(this.bucket);
  }

  async create(name: string, options: CreateOptions = {}): Promise<PendingFile> {
    checkName(name);
    return S3PendingFile.begin(this.bucket, this.features, name, options);
  }

  spool(): Promise<Spool> {
    return LocalSpool.in(tmpdir());
  }

  open(name: string): Promise<StoredFile> {
    return asS3Errors('read', async () => {
      checkName(name);
      const head = await this.bucket.head(name);
      if (head === undefined) throw new StorageError('missing');
      const { sizeBytes, version } = stateOf(head);
      const object = { name, sizeBytes, etag: head.ETag ?? '', versionId: head.VersionId };
      return new S3StoredFile(this.bucket, object, version);
    });
  }

  stat(name: string): Promise<FileState | undefined> {
    return asS3Errors('read', async () => {
      checkName(name);
      const head = await this.bucket.head(name);
      return head === undefined ? undefined : stateOf(head);
    });
  }

  /** In a bucket that keeps versions, the version is removed and not only hidden. One that was below it is there again then. */
  remove(name: string): Promise<void> {
    return asS3Errors('remove', async () => {
      checkName(name);
      const head = await this.bucket.head(name);
      if (head === undefined) return;
      const version = present({ VersionId: head.VersionId });
      try {
        await this.bucket.prompt.send(new DeleteObjectCommand({ ...this.bucket.object(name), ...version }));
      } catch (error) {
        const isLocked = stateOf(head).lockedUntil !== undefined || head.ObjectLockLegalHoldStatus === 'ON';
        const isRefused = statusOf(error) === 403 || statusOf(error) === 400;
        if (isLocked && isRefused) throw new StorageError('locked', { cause: error, said: 'a lock keeps it' });
        throw error;
      }
    });
  }

  list(): Promise<string[]> {
    return asS3Errors('list', async () => {
      const names: string[] = [];
      for await (const { name } of this.objects()) if (isName(name)) names.push(name);
      return names.sort();
    });
  }

  unusable(ending: string): Promise<UnusableEntry[]> {
    return asS3Errors('list', async () => {
      const found: UnusableEntry[] = [];
      for await (const { name, object } of this.objects()) {
        if (!name.endsWith(ending) || name.startsWith('.')) continue;
        const shown = shownName(Buffer.from(name));
        const { StorageClass: storageClass = '' } = object;
        if (!isName(name)) found.push({ name: shown, reason: BAD_NAME, isClosed: false });
        else if (ARCHIVES.has(storageClass)) {
          found.push({
            name: shown,
            reason: `it is in the archive ${storageClass}: bring it back first`,
            isClosed: true,
          });
        }
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  removeLeftovers(keep: KeepsLeftover): Promise<string[]> {
    return asS3Errors('list', async () => {
      const removed: string[] = [];
      for await (const { name, key, uploadId, begunAt } of uploadsIn(this.bucket)) {
        // Those of a look at what the server can do: other replicas do that, too.
        const isOldProbe = name === PROBE && Date.now() - begunAt.getTime() > DAY_MS;
        if (!isOldProbe && (!isName(name) || (await keep(name, begunAt)))) continue;
        await endUpload(this.bucket, key, uploadId);
        if (!isOldProbe) removed.push(name);
      }
      return removed;
    });
  }

  /** Begins an upload and ends it, which leaves nothing even where versions are kept and locked. */
  tryOut(): Promise<readonly StorageLimit[]> {
    return asS3Errors('write', async () => {
      const limits = await this.features.tried();
      const object = this.bucket.object(PROBE);
      const { UploadId } = await this.bucket.prompt.send(new CreateMultipartUploadCommand(object));
      await endUpload(this.bucket, object.Key, UploadId);
      return limits;
    });
  }

  freeBytes(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async describe(): Promise<StorageDescription> {
    const { endpoint, lock } = this.place;
    const facts = endpoint === undefined ? [] : [`at ${new URL(endpoint).host}`];
    const versions = await this.versions();
    if (versions !== undefined) facts.push(versions);
    if (lock !== undefined) facts.push(`files are locked for ${lock.days} days (${lock.mode})`);
    return { kind: 's3', place: s3Url(this.place), facts };
  }

  /** @returns `undefined` when the server does not say */
  private async versions(): Promise<string | undefined> {
    try {
      const { Bucket } = this.bucket.object(PROBE);
      const { Status } = await this.bucket.prompt.send(new GetBucketVersioningCommand({ Bucket }));
      return Status === 'Enabled'
        ? 'the bucket keeps versions'
        : 'the bucket keeps no versions: what others remove there is gone';
    } catch {
      return undefined;
    }
  }

  private async *objects(): AsyncGenerator<{ name: string; object: _Object }> {
    const { bucket: Bucket, prefix: Prefix } = this.place;
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: this.bucket.prompt },
      { Bucket, Prefix, Delimiter: '/' },
    )) {
      for (const object of Contents) {
        const name = this.bucket.nameOf(object.Key);
        if (name !== undefined) yield { name, object };
      }
    }
  }
}

/** The tag of the content and, where there are versions, which one it is. */
function stateOf(head: HeadObjectCommandOutput): FileState {
  const { ContentLength: sizeBytes = 0, LastModified: modifiedAt = new Date(0), ETag, VersionId } = head;
  const { ObjectLockRetainUntilDate: lockedUntil } = head;
  return {
    sizeBytes,
    modifiedAt,
    version: [ETag, VersionId, sizeBytes].filter((part) => part !== undefined).join('-'),
    ...(lockedUntil === undefined || lockedUntil <= new Date() ? {} : { lockedUntil }),
  };
}
