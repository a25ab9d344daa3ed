import type { RowTable } from '../dump/row-tables';

const MEBIBYTE = 1_048_576;

/** Tables up to this size on disk share a stream with others, bytes. */
const SHARING_BYTES = 32 * MEBIBYTE;
/** A shared stream takes no more tables from here on, bytes of text: to get one table of it, all that is before has to be read. */
export const SHARED_STREAM_BYTES = 64 * MEBIBYTE;

/**
 * A table is read in ranges of its blocks from so many times what each connection would get of all tables. In ranges it costs half as
 * much again: a scan of a whole large table passes through a ring of 256 kB, and one of a range through all of the server's buffers,
 * where it also displaces what the application had there.
 */
const SPLIT_FROM_SHARES = 1.5;
/** Parts are not made smaller or larger, bytes on disk. */
const SMALLEST_PART_BYTES = 64 * MEBIBYTE;
const LARGEST_PART_BYTES = 1024 * MEBIBYTE;
/** With so many parts for each connection, no connection waits long for the last one. */
const PARTS_A_CONNECTION = 4;
/** A container has no more than 65,534 streams. */
const MOST_PARTS = 20_000;

/** Rows of a table that one statement copies. */
export interface PartOrder {
  readonly table: RowTable;
  /** Number of the part within its table. */
  readonly number: number;
  /** The blocks that it has: from one, up to but without another; without an end, all that follow. */
  readonly pages?: { readonly from: number; readonly to?: number | undefined };
  /** Its share of the table on disk, bytes. */
  readonly sizeBytes: number;
}

/** The parts of all tables, largest first, which connections take until there are none. */
export class PartQueue {
  private readonly parts: PartOrder[];
  private readonly numbers: ReadonlyMap<RowTable, number>;

  /**
   * @param options.connections that take from it
   * @param options.partBytes all tables from twice this size on have parts of it; else the large ones have such as keep all connections busy
   * @param options.canSplit the server reads ranges of blocks without reading the rest of the table (PostgreSQL 14 and later)
   */
  constructor(
    private readonly tables: readonly RowTable[],
    options: {
      readonly connections: number;
      readonly canSplit: boolean;
      readonly partBytes?: number | undefined;
    },
  ) {
    const partBytes = options.canSplit ? (options.partBytes ?? this.usualPartBytes(options.connections)) : Infinity;
    const splitFromBytes = options.partBytes ?? (this.totalBytes / options.connections) * SPLIT_FROM_SHARES;
    const parts = tables.map((table) => partsOf(table, table.sizeBytes > splitFromBytes ? partBytes : Infinity));
    this.numbers = new Map(tables.map((table, i) => [table, parts[i]?.length ?? 0]));
    this.parts = parts.flat().sort((a, b) => b.sizeBytes - a.sizeBytes);
  }

  /** How many parts a table has, taken or not. */
  partsOf(table: RowTable): number {
    return this.numbers.get(table) ?? 0;
  }

  /** The largest part that is left, or `undefined`. */
  take(): PartOrder | undefined {
    return this.parts.shift();
  }

  /** The largest part that is left, if it may share a stream with others. */
  takeSharing(): PartOrder | undefined {
    const [next] = this.parts;
    return next !== undefined && isSharing(next) ? this.parts.shift() : undefined;
  }

  private get totalBytes(): number {
    return this.tables.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  private usualPartBytes(connections: number): number {
    const share = this.totalBytes / (connections * PARTS_A_CONNECTION);
    const bytes = Math.min(LARGEST_PART_BYTES, Math.max(SMALLEST_PART_BYTES, share));
    return Math.max(this.totalBytes / MOST_PARTS, bytes);
  }
}

/** Whether a part may share its stream with others. */
export function isSharing({ pages, sizeBytes }: PartOrder): boolean {
  return pages === undefined && sizeBytes <= SHARING_BYTES;
}

function partsOf(table: RowTable, partBytes: number): PartOrder[] {
  const { sizeBytes, pages, columns, isHeap, extension } = table;
  const canSplit = isHeap && columns.length > 0 && extension === undefined;
  const number = canSplit ? Math.min(pages, Math.round(sizeBytes / partBytes)) : 1;
  if (number <= 1) return [{ table, number: 0, sizeBytes }];
  return Array.from({ length: number }, (_, i) => ({
    table,
    number: i,
    pages: {
      from: Math.floor((pages * i) / number),
      // What has been added since the blocks were counted is in the last one.
      ...(i === number - 1 ? {} : { to: Math.floor((pages * (i + 1)) / number) }),
    },
    sizeBytes: sizeBytes / number,
  }));
}
