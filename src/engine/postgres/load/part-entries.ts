import { decoderFor } from '../archive/archive-encoding';
import { archiveEntries, type ArchiveEntry, type ArchiveSource } from '../archive/archive-toc';
import type { DefinitionPart } from '../archive/definitions-text';
import { withoutSayingsOn } from '../archive/dependants';

/** In the text of an archive each name is on one line. */
const LINE_BREAK = /[\r\n]/g;

/**
 * Finds the entries of an archive that some parts of its text are. What is only said of one of these objects, such as a comment on it, is
 * no part of the answer.
 *
 * @throws as `archiveEntries`
 */
export async function partEntries(archive: ArchiveSource, parts: readonly DefinitionPart[]): Promise<ArchiveEntry[]> {
  if (parts.length === 0) return [];
  const wanted = new Set(
    parts.map(({ type, schema: where, name, encoding }) => {
      const decode = decoderFor(encoding);
      const text = (latin1: string): string => decode(Buffer.from(latin1, 'latin1'));
      return keyOf({ type, schema: text(where), name: text(name) });
    }),
  );
  const found: ArchiveEntry[] = [];
  for await (const entry of archiveEntries(archive())) {
    if (wanted.has(keyOf({ ...entry, name: entry.name.replaceAll(LINE_BREAK, ' ') }))) found.push(entry);
  }
  return withoutSayingsOn(found);
}

function keyOf({ type, schema, name }: Pick<ArchiveEntry, 'type' | 'schema' | 'name'>): string {
  return JSON.stringify([type, schema, name]);
}
