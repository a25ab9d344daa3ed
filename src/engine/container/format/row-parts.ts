import { z } from 'zod';

/** A number of bytes or rows: never negative, never beyond what JSON numbers hold exactly. */
const count = z.int().nonnegative();

const partSchema = z.object({ stream: z.string().max(255), offset: count, size: count, rows: count });

/** Where some rows of a table are: whole lines in the plaintext of a stream. Offset and size are in bytes. */
export type RowPart = z.output<typeof partSchema>;

/** What an index says of a table or a sequence. */
interface Named {
  readonly schema: string;
  readonly name: string;
}

/** What an index says of a table, as far as its rows are concerned. */
interface TableRows extends Named {
  readonly rows: number;
  readonly columns?: readonly string[] | undefined;
  readonly partition_root?: Named | undefined;
  readonly parts?: readonly RowPart[] | undefined;
}

/** What must agree in an index. */
interface RowsIndex {
  readonly tables: readonly TableRows[];
  readonly sequences?: readonly Named[] | undefined;
  readonly streams: readonly { readonly name: string; readonly kind: string; readonly plain_size: number }[];
}

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** A number of PostgreSQL's type `bigint`, which a number of JSON may not hold exactly. */
const bigint = z.string().refine((text) => INTEGER.test(text) && BigInt(text) >= LEAST && BigInt(text) <= MOST);

/**
 * Members of an index whose rows are in streams of kind `rows` (docs/format.md, "Rows"): those of a table, and a sequence.
 *
 * @param name of a relation or column
 */
export function rowShapes<T extends z.ZodType<string>>(name: T) {
  return {
    columns: z.array(name),
    partition_root: z.object({ schema: name, name }),
    parts: z.array(partSchema),
    sequence: z.object({ schema: name, name, last_value: bigint, is_called: z.boolean() }),
  };
}

/**
 * Whether the rows of a backup are in streams of kind `rows`. Otherwise they are in archives.
 *
 * @param index of any version
 */
export function areRowsCopied(index: Pick<RowsIndex, 'sequences'>): boolean {
  return index.sequences !== undefined;
}

/**
 * Looks for what cannot be true of the rows: a reader that trusts the parts would load something else than the writer has read.
 *
 * @returns what is wrong, as a path in the index, or `undefined`
 */
export function rowsProblem(index: RowsIndex): string | undefined {
  const streams = index.streams.filter(({ kind }) => kind === 'rows');
  if (!areRowsCopied(index)) {
    const isMixed = index.tables.some(({ columns, parts, partition_root: root }) => columns ?? parts ?? root);
    return isMixed || streams.length > 0 ? 'sequences' : undefined;
  }
  if (!areDistinct(index.tables) || index.tables.some(isWrong)) return 'tables';
  // The table at the top of partitions has no rows of its own.
  const tables = new Set(index.tables.map(keyOf));
  if (index.tables.some(({ partition_root: root }) => root !== undefined && tables.has(keyOf(root)))) return 'tables';
  if (!areDistinct(index.sequences ?? [])) return 'sequences';
  return areFilled(
    streams,
    index.tables.flatMap(({ parts = [] }) => parts),
  )
    ? undefined
    : 'tables.parts';
}

function isWrong({ rows, columns, parts }: TableRows): boolean {
  if (columns === undefined || parts === undefined || new Set(columns).size !== columns.length) return true;
  // Each row ends with a line feed.
  if (parts.some((part) => part.size < part.rows || (part.size > 0 && part.rows === 0))) return true;
  return parts.reduce((sum, part) => sum + part.rows, 0) !== rows;
}

/** Every byte of the streams belongs to one part, and no part is elsewhere. */
function areFilled(streams: RowsIndex['streams'], parts: readonly RowPart[]): boolean {
  const partsOf = Map.groupBy(parts, ({ stream }) => stream);
  if (partsOf.size !== streams.length) return false;
  return streams.every(({ name, plain_size: size }) => {
    const own = (partsOf.get(name) ?? []).toSorted((a, b) => a.offset - b.offset || a.size - b.size);
    let end = 0;
    for (const part of own) {
      if (part.offset !== end) return false;
      end += part.size;
    }
    return own.length > 0 && end === size;
  });
}

function areDistinct(relations: readonly Named[]): boolean {
  return new Set(relations.map(keyOf)).size === relations.length;
}

function keyOf({ schema, name }: Named): string {
  return JSON.stringify([schema, name]);
}
