import { present } from '../../optional/present';
import type { BackupReader } from '../../container/read/backup-reader';
import { Archive } from '../archive/archive';
import { archivePart } from '../archive/archive-part';
import { archiveEntries, type ArchiveEntry } from '../archive/archive-toc';
import { withDependants } from '../archive/dependants';
import { keyOf, type RelationName } from '../server/relation-name';

/** An extension, and the schema that it makes for itself; what is in there is the extension's. */
export interface OwnSchema {
  readonly extension: string;
  readonly schema: string;
}

/**
 * The same backup without some extensions and without everything that needs them, rows included.
 *
 * @throws ContainerError, RestoreError, or the signal's reason
 */
export async function withoutExtensions(
  archive: Archive,
  extensions: readonly OwnSchema[],
  signal: AbortSignal,
): Promise<Archive> {
  if (extensions.length === 0) return archive;
  const { reader } = archive;
  const entries: ArchiveEntry[] = [];
  for await (const entry of archiveEntries(archive.read(), { isOwner: true })) entries.push(entry);
  const own = entries.filter((entry) => isOf(entry, extensions)).map(({ id }) => id);
  const out = withDependants(entries, own);
  const gone = new Set(entries.filter(({ id, type }) => out.has(id) && !SAYS.has(type)).map((entry) => keyOf(entry)));
  const isGone = (relation: RelationName): boolean =>
    extensions.some(({ schema }) => schema === relation.schema) || gone.has(keyOf(relation));
  const { index } = reader;
  const isWanted = (isSchema: boolean, entry: ArchiveEntry): boolean => {
    // Numbers differ from one archive to another.
    if (isSchema && out.has(entry.id)) return false;
    return !(ROWS.has(entry.type) && isGone(entry));
  };
  const without: BackupReader = {
    ...reader,
    index: {
      ...index,
      tables: index.tables.filter((table) => !isGone(table)),
      ...present({ sequences: index.sequences?.filter((one) => !isGone(one)) }),
      ...present({ views: index.views?.filter((view) => !isGone(view)) }),
    },
    async *readStream(name, options) {
      const kind = index.streams.find((stream) => stream.name === name)?.kind;
      const read = (): AsyncGenerator<Buffer> => reader.readStream(name, options);
      if (kind === 'files' || kind === 'rows') {
        yield* read();
        return;
      }
      const part = await archivePart(read, (entry) => isWanted(name === reader.schemaStream, entry));
      yield* part.read(read());
    },
  };
  return new Archive(without, signal);
}

const ROWS: ReadonlySet<string> = new Set(['TABLE DATA', 'SEQUENCE SET']);
/** Their names are those of what they speak of. */
const SAYS: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL', 'DEFAULT ACL']);

function isOf({ type, schema, name }: ArchiveEntry, extensions: readonly OwnSchema[]): boolean {
  return extensions.some(
    (one) =>
      schema === one.schema ||
      (type === 'EXTENSION' && name === one.extension) ||
      (type === 'SCHEMA' && name === one.schema) ||
      (SAYS.has(type) && (name === `EXTENSION ${one.extension}` || name === `SCHEMA ${one.schema}`)),
  );
}
