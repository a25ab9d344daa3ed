import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { UsageError } from '../terminal/exit-code';
import { FileError, naming } from '../terminal/system-error';

/** The body of a request that imports a file, as it is read from the disk. */
interface UploadBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Throws the error of the file, if it was the file that ended the body. */
  readonly throwFileError: () => void;
}

/**
 * A multipart form with one file. Its length is known beforehand, so that the service can refuse what is too large at once.
 *
 * @param onProgress is told how many bytes of the file have been taken, and how many there are
 * @throws FileError when there is no such file, UsageError for a pipe or a device
 */
export async function uploadBody(
  path: string,
  onProgress: (bytesDone: number, bytesTotal: number) => void,
): Promise<UploadBody> {
  const found = await naming(path, () => stat(path));
  // The length of a pipe or a device is not known.
  if (!found.isFile() && !found.isDirectory()) throw new UsageError(`${path} is not a file`);
  const { size } = found;
  const boundary = `bscc-${randomBytes(16).toString('hex')}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quotable(basename(path))}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  let fileError: Error | undefined;
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    yield head;
    let done = 0;
    // Not beyond the length that was announced, even if something still writes to the file.
    const file = createReadStream(path, { end: Math.max(size - 1, 0), highWaterMark: CHUNK_BYTES });
    try {
      for await (const chunk of file as AsyncIterable<Uint8Array>) {
        yield chunk;
        done += chunk.length;
        onProgress(done, size);
      }
      if (done < size) fileError = new UsageError(`${path} has become shorter while it was read`);
    } catch (error) {
      fileError = new FileError(path, error);
      throw error;
    } finally {
      file.destroy();
    }
    yield tail;
  }
  return {
    headers: {
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': String(head.length + size + tail.length),
    },
    chunks: chunks(),
    throwFileError() {
      if (fileError !== undefined) throw fileError;
    },
  };
}

const CHUNK_BYTES = 256 * 1024;

/** A file name between quotation marks in a header of a form, as browsers write it. */
function quotable(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
