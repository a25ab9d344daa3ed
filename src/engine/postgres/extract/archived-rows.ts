import { ContainerError } from '../../container/format/container-error';
import type { BackupReader } from '../../container/read/backup-reader';
import { filterTool } from '../../process/run-tool';
import { archivePart } from '../archive/archive-part';
import { ArchiveText } from '../archive/archive-text';
import type { ArchiveEntry } from '../archive/archive-toc';
import { BEGINNINGS } from '../archive/load-passes';
import { isAmong, type RelationName } from '../server/relation-name';
import type { PostgresTools } from '../server/tools';
import { countedRows, type RowPiece } from './row-piece';

const ROWS = 'TABLE DATA';

/**
 * The rows of one table of a backup whose rows are in archives. `pg_restore` writes them as text. Of the other archives only the
 * tables of contents are read.
 *
 * @param rows that the index says; `undefined`: it does not say
 * @throws ToolError, ContainerError, even if only the number of rows is not the one in the index
 */
export async function* archivedRows(
  reader: BackupReader,
  table: RelationName,
  rows: number | undefined,
  tools: PostgresTools,
): AsyncGenerator<RowPiece, void, undefined> {
  const isTable = isAmong([table]);
  const isWanted = (entry: ArchiveEntry): boolean =>
    BEGINNINGS.has(entry.type) || (entry.type === ROWS && isTable(entry));
  for (const stream of archivesOfRows(reader)) {
    const part = await archivePart(() => reader.readStream(stream), isWanted);
    if (!part.types.has(ROWS)) continue;
    const command = { command: tools.pgRestore, args: ['--format=custom', '--file=-', '--section=data'] };
    const text = new ArchiveText(filterTool(command, part.read(reader.readStream(stream))));
    try {
      for (let next = await text.next(); next !== undefined; next = await text.next()) {
        if (next.copy === undefined) continue;
        const chunks = countedRows(text.rows(), table, rows);
        yield { table, columns: next.copy.columns, encoding: next.encoding, chunks };
      }
    } finally {
      await text.close();
    }
    return;
  }
  throw new ContainerError('index_mismatch', `No archive has rows of table ${table.schema}.${table.name}.`);
}

/** Names of the streams that are archives with rows. */
export function archivesOfRows({ isOneArchive, schemaStream, index }: BackupReader): string[] {
  if (isOneArchive) return [schemaStream];
  return index.streams.filter(({ kind }) => kind === 'data').map(({ name }) => name);
}
