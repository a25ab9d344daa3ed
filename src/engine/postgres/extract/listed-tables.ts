import type { BackupIndex, BackupReader } from '../../container/read/backup-reader';
import { tablesIn } from '../archive/data-tables';
import type { RelationName } from '../server/relation-name';

/** What a backup says of a table that it has rows of. What the file does not say is `undefined`. */
export interface ListedTable extends RelationName {
  readonly rows?: number | undefined;
  /** Size of the table in the database that was backed up, without its indexes. */
  readonly bytes?: number | undefined;
  /** Size of its rows in the backup: text, before compression. */
  readonly textBytes?: number | undefined;
  /** Those that have values in the backup: generated columns have none. */
  readonly columns?: readonly string[] | undefined;
  /** The partitioned table at the top, if it is a partition. */
  readonly partitionRoot?: RelationName | undefined;
}

/**
 * The tables that a backup has rows of, by schema and name. A file of version 1 has to be read for that.
 *
 * @throws ContainerError; RestoreError `incompatible_version` for an archive of a format that we do not know; the signal's reason
 */
export async function listedTables(reader: BackupReader, signal: AbortSignal): Promise<ListedTable[]> {
  const tables: ListedTable[] = reader.isListed
    ? reader.index.tables.map(tableOf)
    : await tablesIn(reader.readStream(reader.schemaStream, { signal }));
  return tables.sort((a, b) => compared(a.schema, b.schema) || compared(a.name, b.name));
}

function tableOf(table: BackupIndex['tables'][number]): ListedTable {
  const { schema, name, rows, bytes, columns, parts, partition_root: partitionRoot } = table;
  return {
    schema,
    name,
    rows,
    bytes,
    textBytes: parts?.reduce((sum, { size }) => sum + size, 0),
    columns,
    partitionRoot,
  };
}

/** By characters, so that pages are the same wherever they are asked for. */
function compared(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
