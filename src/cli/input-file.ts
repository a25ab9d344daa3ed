import { mkdtemp, open, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource, type RandomSource } from '../engine/container/random-source';

/** Stands for standard input. */
const STDIN = '-';

/**
 * Opens a container for as long as some work takes. One from standard input is first kept, as encrypted as it comes, in a
 * temporary file without a name: its index is at its end.
 *
 * @param path of the file, or `-`
 */
export async function withContainer<T>(path: string, work: (source: RandomSource) => Promise<T>): Promise<T> {
  const handle = path === STDIN ? await spooled() : await open(path, 'r');
  try {
    return await work(fileSource(handle, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

async function spooled() {
  const directory = await mkdtemp(join(tmpdir(), 'bscc-'));
  try {
    const path = join(directory, 'input');
    const handle = await open(path, 'wx+', 0o600);
    // From here on it has no name, and is gone when the process is.
    await unlink(path);
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) await handle.appendFile(chunk);
    return handle;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
