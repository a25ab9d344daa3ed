import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupReader } from '../../engine/container/read/backup-reader';
import { openBackup } from '../../engine/backup/open-backup';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { FilesReport, notesAboutFiles } from '../../engine/files/files-report';
import { makeDirectory } from '../../engine/disk/make-directory';
import { unpackFiles } from '../../engine/files/unpack-files';
import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import { archiveSql } from '../../engine/postgres/load/archive-sql';
import { counted } from '../terminal/counted';
import { UsageError } from '../terminal/exit-code';
import { giveNewName } from '../terminal/give-new-name';
import { withContainer } from '../terminal/input-file';
import { interruptible } from '../terminal/interruptible';
import type { Output } from '../terminal/output';
import { naming } from '../terminal/system-error';
import { toolsFor } from '../../engine/postgres/extract/tools-for';
import { refuseTerminal, writeFile, writeToStandardOutput, writeWhole } from '../terminal/extracted-output';

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
  if (directory === undefined) {
    const name = `${nameFor(what)}${what === FILES ? '.tar' : ''}`;
    refuseTerminal(`bscc extract ${path} ${what} > ${name}`, '--to DIRECTORY');
  }
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

function nameFor(what: string): string {
  if (what === SQL) return 'backup.sql';
  if (what === FILES) return FILES;
  return `${what.replaceAll('/', '-')}.${what.startsWith('rows/') ? 'copy' : 'dump'}`;
}

async function* sqlOf(reader: BackupReader, pgDumpBin: string | undefined): AsyncGenerator<Buffer, void, undefined> {
  // Its reader ends it: that of a file, or of standard output.
  yield* archiveSql(reader, await toolsFor(reader, pgDumpBin), new AbortController().signal);
}
