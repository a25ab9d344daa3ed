import type { RelationName } from '../server/relation-name';

/** A relation whose rows go into a data stream. */
export interface DumpTable {
  readonly schema: string;
  readonly name: string;
  /** Size on disk with its out-of-line values, bytes. */
  readonly sizeBytes: number;
  /** Sequences that `pg_dump` takes along with the table: those it owns. */
  readonly ownedSequences: readonly RelationName[];
}

/** What one `pg_dump` of a data stream is told. */
export interface DataStreamPlan {
  /** `data/0`, `data/1`, … */
  readonly name: string;
  /** The tables whose rows are in this stream; for row counts and progress, not for `pg_dump`. */
  readonly tables: readonly DumpTable[];
  /** `--table`: with none, everything. */
  readonly include: readonly RelationName[];
  /** `--exclude-table-data` */
  readonly excludeData: readonly RelationName[];
  readonly hasLargeObjects: boolean;
}

/** What is to be dumped. */
export interface DumpContent {
  readonly tables: readonly DumpTable[];
  /**
   * For a scoped backup all that belongs to it: tables, their partitions, and the sequences they draw from. Without it
   * everything is dumped, and `data/0` is whatever is not in the other streams, known to us or not.
   */
  readonly only?: readonly RelationName[];
}

/**
 * Shares the tables out to `streamCount` data streams of about the same size, the largest first, each to the stream that
 * has least (the LPT rule: at most 4/3 of the best possible). `data/0` also has the sequence values and, of a whole
 * database, the large objects; every row, value and object is in one stream.
 *
 * @param streamCount how many at most; no stream but the first is without a table
 */
export function planDump(content: DumpContent, streamCount: number): DataStreamPlan[] {
  const shares = shareOut(content.tables, streamCount);
  const [first = [], ...others] = shares;
  const isElsewhere = others.flat();
  return [
    {
      name: 'data/0',
      tables: first,
      include: content.only ?? [],
      excludeData: isElsewhere,
      hasLargeObjects: content.only === undefined,
    },
    ...others.map((tables, i) => ({
      name: `data/${i + 1}`,
      tables,
      include: tables,
      // pg_dump would take the values of owned sequences along, and they are in data/0 already.
      excludeData: tables.flatMap((table) => table.ownedSequences),
      hasLargeObjects: false,
    })),
  ];
}

function shareOut(tables: readonly DumpTable[], streamCount: number): DumpTable[][] {
  const shares = Array.from({ length: Math.max(1, streamCount) }, () => ({ tables: [] as DumpTable[], sizeBytes: 0 }));
  const largestFirst = [...tables].sort((a, b) => b.sizeBytes - a.sizeBytes || compareNames(a, b));
  for (const table of largestFirst) {
    const least = shares.reduce((a, b) => (b.sizeBytes < a.sizeBytes ? b : a));
    least.tables.push(table);
    // An empty table costs a statement too; with nothing for it they would all land in one stream.
    least.sizeBytes += table.sizeBytes + 8192;
  }
  return shares.filter((share, i) => i === 0 || share.tables.length > 0).map((share) => share.tables);
}

function compareNames(a: RelationName, b: RelationName): number {
  return a.schema < b.schema ? -1 : a.schema > b.schema ? 1 : a.name < b.name ? -1 : 1;
}
