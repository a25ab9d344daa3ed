import type { BackupReader } from '../../container/read/backup-reader';
import type { RelationName } from '../server/relation-name';
import { mayHoldAmounts } from './amounts';
import { type ArchiveEntry, type ArchiveSource, TocReader } from './archive-toc';
import { isOfDatabase } from './database-entries';
import { type Guest, guestOf } from './guests';
import { harmlessArchive } from './harmless-archive';
import { type IndexBuild, IndexBuildFinder } from './index-builds';
import { type LateRows, LateRowFinder } from './late-rows';
import { LoadPassFinder, type LoadPasses } from './load-passes';
import { type RootOf, PartitionRootFinder } from './partition-roots';
import { type RowRoutes, RowRouteFinder } from './row-routes';
import { type SchemaFacts, SchemaFactFinder } from './schema-facts';

/** A materialized view, or its rows. */
type ViewEntry = Pick<ArchiveEntry, 'id' | 'type' | 'schema' | 'name'>;

/** All that a restore has to know of an archive. Of definitions only those of the database itself are in it: all of them are as long as the archive. */
export interface ArchiveContents {
  readonly facts: SchemaFacts;
  /** In which order it is loaded. */
  readonly passes: LoadPasses;
  readonly rootOf: RootOf;
  readonly routes: RowRoutes;
  readonly late: LateRows;
  readonly builds: readonly IndexBuild[];
  /** What is said of the database as a whole. */
  readonly ofDatabase: readonly ArchiveEntry[];
  readonly views: readonly ViewEntry[];
  /** Owners that need a right where they own something. */
  readonly guests: readonly Guest[];
  /** Numbers of the schemas, and of the range types. */
  readonly schemas: ReadonlySet<number>;
  readonly ranges: readonly number[];
  /** It may hold a value of the type `money`. */
  readonly mayHoldAmounts: boolean;
  /** Tables whose rows are in this archive itself. */
  readonly tables: readonly RelationName[];
}

/** The database that was backed up, as the index says, or the archive if the index does not. */
export interface Origin {
  readonly extensions: readonly string[];
  readonly serverVersion: string;
  /** Unknown where only the archive tells. */
  readonly encoding: string | undefined;
}

/**
 * The archive that describes the schema of a backup, as it is loaded: nothing in it connects to another server. One object serves
 * everything that restores or examines the backup, so that what it says is read once.
 */
export class Archive {
  private whole: Promise<ArchiveContents> | undefined;

  /** @param signal ends every reading */
  constructor(
    readonly reader: BackupReader,
    private readonly signal: AbortSignal,
  ) {}

  /** The archive itself, from its beginning. Its chunks are their consumer's. */
  readonly read: ArchiveSource = () =>
    harmlessArchive(this.reader.readStream(this.reader.schemaStream, { signal: this.signal }), { isOwner: true });

  /**
   * What it says.
   *
   * @throws RestoreError `incompatible_version` for a format that we do not know, ContainerError, or the signal's reason
   */
  contents(): Promise<ArchiveContents> {
    return (this.whole ??= archiveContents(this.read, { isOwner: true }));
  }

  /**
   * Where the backup comes from.
   *
   * @throws as {@link contents}
   */
  async origin(): Promise<Origin> {
    const { facts } = await this.contents();
    const { isListed, index } = this.reader;
    if (!isListed)
      return { extensions: facts.extensions, serverVersion: String(facts.serverMajor), encoding: undefined };
    const { server_version: serverVersion, encoding } = index.database;
    return { extensions: index.extensions.map(({ name }) => name), serverVersion, encoding };
  }

  /**
   * The tables whose rows the backup has: from its index, or from the archive if the index does not list them.
   *
   * @throws as {@link contents}
   */
  async dataTables(): Promise<readonly RelationName[]> {
    return this.reader.isListed ? this.reader.index.tables : (await this.contents()).tables;
  }
}

/**
 * One pass over the table of contents.
 *
 * @param isOwner no other code holds the chunks of the archive: their memory is freed, also when its passes are read
 */
export async function archiveContents(archive: ArchiveSource, { isOwner = false } = {}): Promise<ArchiveContents> {
  const [facts, passes, roots, routes] = [
    new SchemaFactFinder(),
    new LoadPassFinder(),
    new PartitionRootFinder(),
    new RowRouteFinder(),
  ];
  const [late, builds] = [new LateRowFinder(), new IndexBuildFinder()];
  const found = {
    ofDatabase: [] as ArchiveEntry[],
    views: [] as ViewEntry[],
    guests: [] as Guest[],
    schemas: new Set<number>(),
    ranges: [] as number[],
    mayHoldAmounts: false,
    tables: [] as RelationName[],
  };
  const toc = new TocReader(archive(), { isOwner });
  try {
    facts.begin((await toc.head()).head);
    for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
      const { entry } = raw;
      const { id, type, schema, name } = entry;
      for (const finder of [facts, roots, late, builds]) finder.add(entry);
      for (const finder of [passes, routes]) finder.add(raw);
      const guest = guestOf(entry);
      if (guest !== undefined) found.guests.push(guest);
      if (isOfDatabase(entry)) found.ofDatabase.push(entry);
      if (VIEWS.has(type)) found.views.push({ id, type, schema, name });
      if (type === 'SCHEMA') found.schemas.add(id);
      if (makesRange(entry)) found.ranges.push(id);
      if (type === 'TABLE DATA') found.tables.push({ schema, name });
      found.mayHoldAmounts ||= mayHoldAmounts(entry);
    }
  } finally {
    await toc.close();
  }
  return {
    ...found,
    ...{ facts: facts.found(), passes: passes.found(archive, isOwner), rootOf: roots.found(), routes: routes.found() },
    ...{ late: late.found(), builds: builds.found() },
  };
}

const VIEWS: ReadonlySet<string> = new Set(['MATERIALIZED VIEW', 'MATERIALIZED VIEW DATA']);

/** Whether an entry makes a range type, with which the server makes a multirange type. */
function makesRange({ type, sql }: ArchiveEntry): boolean {
  return type === 'TYPE' && /^CREATE TYPE .* AS RANGE \($/m.test(sql);
}
