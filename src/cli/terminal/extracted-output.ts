import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeTree } from '../../engine/files/remove-tree';
import { isClosedPipe } from './closed-pipe';
import { ClosedError, UsageError } from './exit-code';
import { FileError, naming, systemErrorInWords } from './system-error';

/**
 * Refuses to write to a terminal: bytes, or names and rows that may hold anything, would do to it what they like.
 *
 * @param command that writes them into a file
 * @param option the other way
 * @throws UsageError
 */
export function refuseTerminal(command: string, option: string): void {
  if (!process.stdout.isTTY) return;
  throw new UsageError(`standard output is a terminal: write ${command}, or give ${option}`);
}

/** @throws ClosedError when the program that reads it has had enough */
export async function writeToStandardOutput(bytes: AsyncIterable<Buffer>): Promise<void> {
  try {
    await pipeline(Readable.from(bytes, { objectMode: false }), process.stdout, { end: false });
  } catch (error) {
    if (isClosedPipe(error)) throw new ClosedError();
    throw systemErrorInWords(error) === undefined ? error : new FileError('standard output', error);
  }
}

/**
 * Writes a file or a directory under a name of its own until all of it is there: what has the final name is whole.
 *
 * @throws UsageError when there is something of that name; what `write` throws, and then nothing is left
 */
export async function writeWhole(
  target: string,
  write: (at: string) => Promise<void>,
  giveName: (from: string, to: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (await isThere(target)) throw new UsageError(`${target} is there already`);
  const partial = join(dirname(target), `.partial-${randomBytes(8).toString('hex')}`);
  try {
    await naming(target, () => write(partial));
    await naming(target, () => giveName(partial, target));
  } catch (error) {
    await removeTree(partial);
    signal.throwIfAborted();
    throw error;
  }
}

/** Creates a file that only its owner can read. An existing file is refused, and a link in its place is not followed. */
export async function writeFile(bytes: AsyncIterable<Buffer>, path: string, signal: AbortSignal): Promise<void> {
  await pipeline(bytes, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }), { signal });
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
