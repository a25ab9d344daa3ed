import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BackupReader, openBackup } from '../engine/backup-reader';
import type { KeyRing } from '../engine/container/key-ring';
import { aboutFiles, FilesReport } from '../engine/files/files-report';
import { makeDirectory } from '../engine/files/make-directory';
import { removeTree } from '../engine/files/remove-tree';
import { unpackFiles } from '../engine/files/unpack-files';
import { archiveSql } from '../engine/postgres/archive-sql';
import { findTools } from '../engine/postgres/tools';
import { UsageError } from './exit-code';
import { giveNewName } from './give-new-name';
import { withContainer } from './input-file';
import { interruptible } from './interruptible';
import type { Output } from './output';

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
  await withContainer(path, async (source) => {
    const reader = await openBackup(source, keys);
    const names = reader.index.streams.map(({ name }) => name);
    if (what !== SQL && !names.includes(what)) {
      throw new UsageError(`the backup has no stream ${what}; it has ${names.join(', ')}, and ${SQL}`);
    }
    const read = (): AsyncIterable<Buffer> => (what === SQL ? sqlOf(reader, pgDumpBin) : reader.readStream(what));
    if (directory === undefined) {
      await pipeline(Readable.from(read(), { objectMode: false }), process.stdout, { end: false });
      return;
    }
    await makeDirectory(directory, 0o700);
    const target = join(directory, nameFor(what));
    const report = new FilesReport();
    await interruptible((signal) => {
      const write = (at: string): Promise<void> =>
        what === FILES ? unpackFiles(read(), at, { signal, report }) : writeFile(read(), at, signal);
      return writeWhole(target, write, what === FILES ? rename : giveNewName, signal);
    });
    const notes = what === FILES ? [...aboutFiles(reader.index.not_included), ...report.lines()] : [];
    output.result({ written: target, ...(notes.length === 0 ? {} : { notes }) }, [target, ...notes]);
  });
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
    await write(partial);
    await giveName(partial, target);
  } catch (error) {
    await removeTree(partial);
    signal.throwIfAborted();
    throw error;
  }
}

/** A file that nobody else can read, and that is nobody's yet: a link that lies there is not followed. */
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
  return what === FILES ? FILES : `${what.replaceAll('/', '-')}.dump`;
}

async function* sqlOf(reader: BackupReader, pgDumpBin: string | undefined): AsyncGenerator<Buffer, void, undefined> {
  // Of the version that made it, if it is there: a newer one writes settings that the older server does not know.
  const tools = await findTools({
    serverVersionNum: reader.index.database.server_version_num,
    ...(pgDumpBin === undefined ? {} : { pgDumpBin }),
  });
  yield* archiveSql(reader, tools);
}
