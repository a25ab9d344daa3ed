import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type BackupReader, openBackup } from '../engine/backup-reader';
import type { KeyRing } from '../engine/container/key-ring';
import { unpackFiles } from '../engine/files/unpack-files';
import { archiveSql } from '../engine/postgres/archive-sql';
import { findTools } from '../engine/postgres/tools';
import { UsageError } from './exit-code';
import { withContainer } from './input-file';
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
  { directory, output }: { directory: string | undefined; output: Output },
): Promise<void> {
  await withContainer(path, async (source) => {
    const reader = await openBackup(source, keys);
    const names = reader.index.streams.map(({ name }) => name);
    if (what !== SQL && !names.includes(what)) {
      throw new UsageError(`the backup has no stream ${what}; it has ${names.join(', ')}, and ${SQL}`);
    }
    const bytes = what === SQL ? sqlOf(reader) : reader.readStream(what);
    if (directory === undefined) {
      await pipeline(Readable.from(bytes, { objectMode: false }), process.stdout, { end: false });
      return;
    }
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const target = join(directory, nameFor(what));
    if (what === FILES) await unpackFiles(bytes, target);
    else await pipeline(bytes, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    output.result({ written: target }, [target]);
  });
}

function nameFor(what: string): string {
  if (what === SQL) return 'backup.sql';
  return what === FILES ? FILES : `${what.replaceAll('/', '-')}.dump`;
}

async function* sqlOf(reader: BackupReader): AsyncGenerator<Buffer, void, undefined> {
  // Of whatever version is installed: the newest reads archives of all.
  const tools = await findTools({ serverVersionNum: 0 });
  yield* archiveSql(reader, tools);
}
