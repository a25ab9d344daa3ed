import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { copies } from '../../src/engine/bytes/borrowed';
import { findTools } from '../../src/engine/postgres/server/tools';
import { toolOutput } from '../../src/engine/process/run-tool';
import { chunksOf, collect } from './containers';

/**
 * The same backup as it was made before rows were copied: rows, values of sequences and large objects are in one archive of `pg_dump`.
 *
 * @param url of the database that was backed up, which has not changed since
 * @param edited changes the archive
 */
export async function withArchivedRows(
  backup: BackupReader,
  url: string,
  edited: (archive: AsyncIterable<Buffer>) => AsyncIterable<Buffer> = (archive) => archive,
): Promise<BackupReader> {
  const { index, schemaStream, isOneArchive, isListed, isOurs, keyId } = backup;
  const tools = await findTools({ serverVersionNum: index.database.server_version_num });
  const args = ['--format=custom', '--compress=0', '--section=data'];
  const dump = { command: tools.pgDump, args, env: toolEnvironment(parseDatabaseUrl(url)) };
  const archive = await collect(edited(copies(toolOutput(dump))));
  const { sequences: _sequences, ...rest } = index;
  const [like] = index.streams;
  if (like === undefined) throw new Error('the backup has no streams');
  const rows = {
    ...{ ...like, id: 60_000, name: 'data/0', kind: 'data' as const },
    plain_size: archive.length,
  };
  return {
    ...{ schemaStream, isOneArchive, isListed, isOurs, keyId },
    index: {
      ...rest,
      tables: index.tables.map(({ schema, name, rows: count, bytes }) => ({ schema, name, rows: count, bytes })),
      streams: [...index.streams.filter(({ kind }) => kind !== 'rows' && kind !== 'data'), rows],
    },
    async *readStream(name, options) {
      if (name !== rows.name) yield* backup.readStream(name, options);
      // Whoever reads a stream may free its chunks.
      else for await (const chunk of chunksOf(archive, 65_536)) yield Buffer.from(chunk);
    },
  };
}
