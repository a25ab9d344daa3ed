import type { BackupReader } from '../../container/read/backup-reader';
import { archiveEntries } from './archive-toc';
import type { RelationName } from '../server/relation-name';
import { schemaArchive } from './schema-archive';

/**
 * The tables whose rows a backup has: from its index, or from its archive if the index does not list them.
 *
 * @throws as {@link archiveEntries}
 */
export async function dataTables(reader: BackupReader, signal: AbortSignal): Promise<readonly RelationName[]> {
  return reader.isListed ? reader.index.tables : tablesIn(schemaArchive(reader, signal)());
}

/**
 * Reads which tables an archive holds rows of.
 *
 * @throws as {@link archiveEntries}
 */
export async function tablesIn(archive: AsyncIterable<Uint8Array>): Promise<RelationName[]> {
  const tables: RelationName[] = [];
  for await (const { type, schema, name } of archiveEntries(archive)) {
    if (type === 'TABLE DATA') tables.push({ schema, name });
  }
  return tables;
}
