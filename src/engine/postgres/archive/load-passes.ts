import { inBlocks } from '../../bytes/in-blocks';
import { numberBytes, NUMBER_BYTES, withDefinition } from './archive-edit';
import {
  archiveEntries,
  type ArchiveEntry,
  type ArchiveSection,
  type ArchiveSource,
  type RawEntry,
  TocReader,
} from './archive-toc';
import { isSaying } from './dependants';

/**
 * When an object of a schema is made, in the order of pg_restore:
 *
 * - Rights come after everything that needs none, since an owner may have been refused its own table.
 * - Then comes what reads rows with its owner's rights.
 * - Event triggers come last, because they may refuse everything else.
 */
export type LoadPass = 'pre-data' | 'post-data' | 'rights' | 'views' | 'event triggers';

/** What all of an archive begins with, whichever part is loaded. */
export const BEGINNINGS: ReadonlySet<string> = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH']);
const RIGHTS: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);
const EVENT_TRIGGER = 'EVENT TRIGGER';

/** Finds the passes of a schema while a table of contents goes by. */
export class LoadPassFinder {
  private readonly passes = new PassFinder();
  private readonly ids: Record<LoadPass, number[]> = {
    'pre-data': [],
    'post-data': [],
    rights: [],
    views: [],
    'event triggers': [],
  };
  private beginnings = 0;

  add(raw: RawEntry): void {
    const pass = this.passes.of(raw);
    if (BEGINNINGS.has(raw.entry.type)) this.beginnings += 1;
    else if (pass !== undefined) this.ids[pass].push(raw.entry.id);
  }

  /**
   * @param archive the one that has gone by; rows in it are no part of this
   * @param isOwner no other code holds its chunks: their memory is freed
   */
  found(archive: ArchiveSource, isOwner: boolean): LoadPasses {
    return new LoadPasses(archive, isOwner, this.beginnings, this.ids);
  }
}

/** The schema of an archive, in the order in which it is loaded. */
export class LoadPasses {
  constructor(
    private readonly archive: ArchiveSource,
    private readonly isOwner: boolean,
    private readonly beginnings: number,
    private readonly ids: Readonly<Record<LoadPass, readonly number[]>>,
  ) {}

  /** The numbers of the entries of passes, in their order. */
  of(parts: readonly LoadPass[]): readonly number[] {
    return parts.flatMap((pass) => this.ids[pass]);
  }

  /**
   * An archive of some entries alone. Without `--use-list`, which needs a file that there may be no place for. Its chunks are their
   * consumer's.
   *
   * @param parts passes that follow each other, which pg_restore keeps in their order
   * @param isWanted of the entries of the passes
   * @param path under which `search_path` it is loaded: none, as pg_dump has it, or that of the session
   */
  part(parts: readonly LoadPass[], isWanted: (id: number) => boolean, path: 'empty' | 'own' = 'empty'): ArchiveSource {
    const count = this.beginnings + this.of(parts).filter(isWanted).length;
    return () => inBlocks(partOf(this.toc(), { parts, isWanted, count, path }));
  }

  private toc(): TocReader {
    return new TocReader(this.archive(), { isOwner: this.isOwner });
  }

  /** The entries with these numbers. */
  async entries(ids: ReadonlySet<number>): Promise<ArchiveEntry[]> {
    const found: ArchiveEntry[] = [];
    const { isOwner } = this;
    for await (const entry of archiveEntries(this.archive(), { isOwner })) if (ids.has(entry.id)) found.push(entry);
    return found;
  }
}

/** The archive with the `search_path` of the session that loads it, which is the database's. */
export function withOwnPath(raw: RawEntry): Buffer {
  // pg_restore takes the statement as it is, and sets no other path when there is one.
  return raw.entry.type === 'SEARCHPATH' ? withDefinition(raw, () => 'RESET search_path;\n') : raw.bytes;
}

async function* partOf(
  toc: TocReader,
  part: { parts: readonly LoadPass[]; isWanted: (id: number) => boolean; count: number; path: 'empty' | 'own' },
): AsyncGenerator<Buffer, void, undefined> {
  const passes = new PassFinder();
  try {
    const { bytes } = await toc.head();
    yield Buffer.concat([bytes.subarray(0, -NUMBER_BYTES), numberBytes(part.count)]);
    for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
      const pass = passes.of(raw);
      if (BEGINNINGS.has(raw.entry.type)) yield part.path === 'own' ? withOwnPath(raw) : raw.bytes;
      else if (pass !== undefined && part.parts.includes(pass) && part.isWanted(raw.entry.id)) yield raw.bytes;
    }
  } finally {
    await toc.close();
  }
}

/** Tells the passes of entries that come in their order. */
class PassFinder {
  private section: ArchiveSection = 'pre-data';

  of({ entry, section }: RawEntry): LoadPass | undefined {
    if (section !== undefined) this.section = section;
    if (RIGHTS.has(entry.type)) return 'rights';
    if (entry.type === 'MATERIALIZED VIEW DATA') return 'views';
    if (entry.type === EVENT_TRIGGER || (isSaying(entry) && entry.name.startsWith(`${EVENT_TRIGGER} `))) {
      return 'event triggers';
    }
    return this.section === 'data' ? undefined : this.section;
  }
}
