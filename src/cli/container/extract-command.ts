import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { openBackup } from '../../engine/backup/open-backup';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { FilesReport, notesAboutFiles } from '../../engine/files/files-report';
import { makeDirectory } from '../../engine/disk/make-directory';
import { removeTree } from '../../engine/files/remove-tree';
import { unpackFiles } from '../../engine/files/unpack-files';
import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import { archiveSql } from '../../engine/postgres/load/archive-sql';
import { findTools } from '../../engine/postgres/server/tools';
import { isClosedPipe } from '../terminal/closed-pipe';
import { counted } from '../terminal/counted';
import { ClosedError, UsageError } from '../terminal/exit-code';
import { giveNewName } from '../terminal/give-new-name';
import { withContainer } from '../terminal/input-file';
import { interruptible } from '../terminal/interruptible';
import type { Output } from '../terminal/output';
import { FileError, naming, systemErrorInWords } from '../terminal/system-error';

/** Asks for the statements instead of for one stream. */
const SQL = 'sql';
const FILES = 'files';

/**
 * Writes one stream, the SQL of all of them, or the application files.
 *
 * @param what name of a stream, or `sql`
 * @param directory made when missing; there `files` are unpacked. Without it standard output gets the bytes
 * @throws UsageError for a stream that the backup does not have
 */
export async function extract(
  path: string,
  what: string,
  keys: KeyRing,
  { directory, output, pgDumpBin }: { directory: string | undefined; output: Output; pgDumpBin?: string | undefined },
): Promise<void> {
  refuseTerminal(path, what, directory);
  await withContainer(path, async (source) => {
    const reader = await openBackup(source, keys);
    const names = reader.index.streams.map(({ name }) => name);
    if (what !== SQL && !names.includes(what)) {
      throw new UsageError(`the backup has no stream ${what}; it has ${names.join(', ')}, and ${SQL}`);
    }
    const read = (): AsyncIterable<Buffer> => {
      const told = telling(reader, what, output);
      return what === SQL ? sqlOf(told, pgDumpBin) : told.readStream(what);
    };
    if (directory === undefined) {
      await writeToStandardOutput(read());
      output.endProgress();
      return;
    }
    await naming(directory, () => makeDirectory(directory, 0o700));
    const target = join(directory, nameFor(what));
    const report = new FilesReport();
    await interruptible((signal) => {
      const write = (at: string): Promise<void> =>
        what === FILES ? unpackFiles(read(), at, { signal, report }) : writeFile(read(), at, signal);
      return writeWhole(target, write, what === FILES ? rename : giveNewName, signal);
    });
    const notes = what === FILES ? [...notesAboutFiles(reader.index.not_included), ...report.lines()] : [];
    output.result({ written: target, ...present({ notes: unlessEmpty(notes) }) }, [target, ...notes]);
  });
}

/** Bytes, or names and rows that may hold anything, would do to a terminal what they like. */
function refuseTerminal(path: string, what: string, directory: string | undefined): void {
  if (directory !== undefined || !process.stdout.isTTY) return;
  throw new UsageError(
    `standard output is a terminal: write bscc extract ${path} ${what} > ${nameFor(what)}${what === FILES ? '.tar' : ''}, or give --to DIRECTORY`,
  );
}

/** A reader that tells how far it is with all that the command will read. */
function telling(reader: BackupReader, what: string, output: Output): BackupReader {
  const { streams } = reader.index;
  const wanted = streams.filter(({ name }) => (what === SQL ? name !== FILES : name === what));
  const total = wanted.reduce((sum, { plain_size: size }) => sum + size, 0);
  const done = new Map<string, number>();
  return {
    ...reader,
    readStream: (name, options) =>
      counted(reader.readStream(name, options), (bytes) => {
        // The schema is read several times.
        done.set(name, Math.max(bytes, done.get(name) ?? 0));
        output.progress(
          'extracting',
          [...done.values()].reduce((sum, one) => sum + one, 0),
          total,
        );
      }),
  };
}

/** @throws ClosedError when the program that reads it has had enough */
async function writeToStandardOutput(bytes: AsyncIterable<Buffer>): Promise<void> {
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
async function writeWhole(
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
async function writeFile(bytes: AsyncIterable<Buffer>, path: string, signal: AbortSignal): Promise<void> {
  await pipeline(bytes, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }), { signal });
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function nameFor(what: string): string {
  if (what === SQL) return 'backup.sql';
  if (what === FILES) return FILES;
  return `${what.replaceAll('/', '-')}.${what.startsWith('rows/') ? 'copy' : 'dump'}`;
}

async function* sqlOf(reader: BackupReader, pgDumpBin: string | undefined): AsyncGenerator<Buffer, void, undefined> {
  // Of the version that made it, if it is there: a newer one writes settings that the older server does not know.
  const tools = await findTools({
    serverVersionNum: reader.index.database.server_version_num,
    pgDumpBin,
  });
  yield* archiveSql(reader, tools);
}
