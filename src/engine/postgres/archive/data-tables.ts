import { archiveEntries } from './archive-toc';
import type { RelationName } from '../server/relation-name';

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
