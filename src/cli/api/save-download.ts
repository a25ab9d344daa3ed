import { createHash, randomBytes } from 'node:crypto';
import { constants, type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../terminal/exit-code';
import type { Output } from '../terminal/output';
import { naming } from '../terminal/system-error';
import type { ApiClient } from './api-client';
import { BACKUP_ITEM } from './answers';

/** What has come is not what the service has. */
class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/**
 * Downloads a backup and compares its digest with the catalogue's. Under its name the file appears whole or not at all, and
 * never in the place of another one.
 *
 * @param path of the file; by default the name that the service gives it, in the working directory
 * @returns the path
 * @throws UsageError when there is a file of that name, DownloadError, as {@link ApiClient.get}
 */
export async function saveDownload(
  client: ApiClient,
  id: number,
  path: string | undefined,
  output: Output,
): Promise<string> {
  const { checksum } = (await client.get(`/backups/${id}`, BACKUP_ITEM)).item;
  const { body, sizeBytes, name } = await client.download(`/backups/${id}/download`);
  // The name is the service's: never a way to another directory.
  const target = path ?? name.replace(/[^\w.-]/g, '_').replace(/^\.+/, '_');
  const draft = join(dirname(target), `.partial-${randomBytes(8).toString('hex')}`);
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const file = await naming(target, () => open(draft, flags, 0o600));
  try {
    const digest = await writeAll(file, target, body, (done) => output.progress('downloading', done, sizeBytes));
    if (checksum !== undefined && digest !== checksum) {
      throw new DownloadError('what was downloaded does not have the checksum of the backup; nothing was kept');
    }
    await file.sync();
    await link(draft, target).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
        throw new UsageError(`${target} is there already`);
      }
      throw error;
    });
  } finally {
    output.endProgress();
    await file.close();
    await rm(draft, { force: true });
  }
  return target;
}

/** @returns SHA-256 of all of it, lower-case hex */
async function writeAll(
  file: FileHandle,
  target: string,
  body: AsyncIterable<Uint8Array>,
  onProgress: (bytesDone: number) => void,
): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    await naming(target, () => file.appendFile(chunk));
    done += chunk.length;
    onProgress(done);
  }
  return hash.digest('hex');
}
