import type { BackupReader } from '../../src/engine/container/read/backup-reader';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { toolEnvironment } from '../../src/engine/address/write-address';
import { copies } from '../../src/engine/bytes/borrowed';
import { findTools } from '../../src/engine/postgres/server/tools';
import { toolOutput } from '../../src/engine/process/run-tool';
import { chunksOf, collect } from './containers';

/** How the rows lie in archives. */
interface Archived {
  /** Changes an archive. */
  readonly edited?: (archive: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
  /** Patterns of tables that have an archive of their own, beside the one of the rest. */
  readonly apart?: readonly string[];
}

/**
 * The same backup as it was made before rows were copied: rows, values of sequences and large objects are in archives of `pg_dump`.
 *
 * @param url of the database that was backed up, which has not changed since
 */
export async function withArchivedRows(
  backup: BackupReader,
  url: string,
  { edited = (archive) => archive, apart = [] }: Archived = {},
): Promise<BackupReader> {
  const { index, schemaStream, isOneArchive, isListed, isOurs, keyId } = backup;
  const tools = await findTools({ serverVersionNum: index.database.server_version_num });
  const dump = (choice: readonly string[]): Promise<Buffer> => {
    const args = ['--format=custom', '--compress=0', '--section=data', ...choice];
    return collect(
      edited(copies(toolOutput({ command: tools.pgDump, args, env: toolEnvironment(parseDatabaseUrl(url)) }))),
    );
  };
  const archives = [
    await dump(apart.map((pattern) => `--exclude-table=${pattern}`)),
    ...(await Promise.all(apart.map((pattern) => dump([`--table=${pattern}`])))),
  ];
  const { sequences: _sequences, ...rest } = index;
  const [like] = index.streams;
  if (like === undefined) throw new Error('the backup has no streams');
  const rows = archives.map((archive, i) => ({
    ...{ ...like, id: 60_000 + i, name: `data/${i}`, kind: 'data' as const },
    plain_size: archive.length,
  }));
  return {
    ...{ schemaStream, isOneArchive, isListed, isOurs, keyId },
    index: {
      ...rest,
      tables: index.tables.map(({ schema, name, rows: count, bytes }) => ({ schema, name, rows: count, bytes })),
      streams: [...index.streams.filter(({ kind }) => kind !== 'rows' && kind !== 'data'), ...rows],
    },
    async *readStream(name, options) {
      const archive = archives[rows.findIndex((stream) => stream.name === name)];
      if (archive === undefined) yield* backup.readStream(name, options);
      // The reader of a stream may free its chunks.
      else for await (const chunk of chunksOf(archive, 65_536)) yield Buffer.from(chunk);
    },
  };
}
