import { inBlocks } from '../../bytes/in-blocks';
import { NUMBER_BYTES, numberBytes } from './archive-edit';
import { type ArchiveEntry, type ArchiveSource, TocReader } from './archive-toc';

/** A part of an archive: some of its entries, and rows as they are. */
export interface ArchivePart {
  /** How many entries of each type it has. */
  readonly types: ReadonlyMap<string, number>;
  /** @param archive the same archive, read anew */
  read(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined>;
}

/**
 * Finds the part of an archive that is made of some entries. Their number stands at the beginning, so the table of contents is read
 * once more for it.
 *
 * @throws as {@link TocReader}
 */
export async function archivePart(
  archive: ArchiveSource,
  isWanted: (entry: ArchiveEntry) => boolean,
): Promise<ArchivePart> {
  const types = new Map<string, number>();
  let count = 0;
  const toc = new TocReader(archive());
  try {
    await toc.head();
    for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
      if (!isWanted(raw.entry)) continue;
      count += 1;
      types.set(raw.entry.type, (types.get(raw.entry.type) ?? 0) + 1);
    }
  } finally {
    await toc.close();
  }
  return { types, read: (again) => partOf(again, isWanted, count) };
}

async function* partOf(
  archive: AsyncIterable<Uint8Array>,
  isWanted: (entry: ArchiveEntry) => boolean,
  count: number,
): AsyncGenerator<Buffer, void, undefined> {
  const toc = new TocReader(archive);
  try {
    yield* inBlocks(entriesOf(toc, isWanted, count));
    // Rows that no entry tells of are passed over.
    yield* toc.rest();
  } finally {
    await toc.close();
  }
}

async function* entriesOf(
  toc: TocReader,
  isWanted: (entry: ArchiveEntry) => boolean,
  count: number,
): AsyncGenerator<Buffer, void, undefined> {
  const { bytes } = await toc.head();
  yield Buffer.concat([bytes.subarray(0, -NUMBER_BYTES), numberBytes(count)]);
  for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) if (isWanted(raw.entry)) yield raw.bytes;
}
