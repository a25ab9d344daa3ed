import { keyOf, type RelationName } from '../server/relation-name';

/** More are not told of: as many as connections copy rows is usual, and more would only make the answer long. */
const MOST_TOLD = 16;

/** A table whose rows are on their way, as the wire shows it. */
interface TableUnderWay {
  readonly table: string;
  /** Of its rows, before compression. */
  readonly bytes_done: number;
  /** The same, all of them; estimated while a backup is made. */
  readonly bytes_total: number;
}

/** How far the tables of a backup or a restore are. */
export interface TablesProgress {
  /** Tables all of whose rows are there. */
  readonly done: number;
  readonly total: number;
  /** Tables whose rows are copied now, largest first. */
  readonly current: readonly TableUnderWay[];
}

/** A table whose rows are to be copied. */
export interface TableToCopy extends RelationName {
  /** Of its rows, before compression; may be an estimate. */
  readonly sizeBytes: number;
  /** Pieces in which the rows come. A table without any is done from the start. */
  readonly parts: number;
}

interface Known {
  readonly table: TableToCopy;
  bytesDone: number;
  partsLeft: number;
}

/** Counts the bytes and parts of tables while their rows are copied. A table that it does not know is ignored. */
export class TablesUnderWay {
  private readonly known: ReadonlyMap<string, Known>;
  private readonly current = new Set<Known>();
  private done = 0;

  constructor(tables: readonly TableToCopy[]) {
    this.known = new Map(
      tables.map((table) => [keyOf(table), { table, bytesDone: 0, partsLeft: table.parts }] as const),
    );
    this.done = tables.filter(({ parts }) => parts === 0).length;
  }

  /** Notes that bytes of a table have passed. */
  add(table: RelationName, bytes: number): void {
    const known = this.known.get(keyOf(table));
    if (known === undefined || known.partsLeft === 0) return;
    known.bytesDone += bytes;
    this.current.add(known);
  }

  /** Notes that a part of a table has passed as a whole. */
  endPart(table: RelationName): void {
    const known = this.known.get(keyOf(table));
    if (known === undefined || known.partsLeft === 0) return;
    known.partsLeft -= 1;
    if (known.partsLeft > 0) return;
    this.current.delete(known);
    this.done += 1;
  }

  view(): TablesProgress {
    const current = [...this.current]
      .toSorted((a, b) => b.table.sizeBytes - a.table.sizeBytes)
      .slice(0, MOST_TOLD)
      .map(({ table: { schema, name, sizeBytes }, bytesDone }) => ({
        table: `${schema}.${name}`,
        bytes_done: bytesDone,
        // An estimate may be too low.
        bytes_total: Math.max(sizeBytes, bytesDone),
      }));
    return { done: this.done, total: this.known.size, current };
  }
}
