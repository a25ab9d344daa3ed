import pg from 'pg';
import type { ShapeColumn, TableShape } from './table-shape';

/** How the rows of one table are read in both databases, as SQL over the alias `t`. */
export interface RowDigest {
  /** 64 bits that are equal for equal rows, whatever database they are in. */
  readonly digest: string;
  /** One of so many {@link BUCKETS}: a row and the row of the same key in the other database are in the same one. */
  readonly bucket: string;
  /** What names a row, as one text of ASCII. Without a primary key its digest, which stands for all rows that are the same. */
  readonly identity: string;
  /** The values of the primary key as texts; `undefined` without one. */
  readonly keyTexts: string | undefined;
}

/** Rows of buckets that agree are not read again. */
const BUCKETS = 32_768;

// bool, bytea, "char", name, int2, int4, text, oid, varchar, date, uuid: equal by their hash if, and only if, they are written the
// same. An enum is hashed by a number that differs from database to database.
const HASHED_AS_THEY_ARE: ReadonlySet<number> = new Set([16, 17, 18, 19, 21, 23, 25, 26, 1043, 1082, 2950]);

/** Under a collation of the column, other texts may be equal. */
const TEXTS: ReadonlySet<number> = new Set([25, 1043]);

/**
 * Their binary form is exact, and quicker to make than a text. Their own hashes are not: 1.0 has that of 1.00, 5 that of -5, infinity that
 * of NaN. The bigint -1 has the hash of 4294967295, as times are hashed, too, and in a jsonb elements that are 32 places apart cancel
 * each other out.
 */
const SENT: ReadonlyMap<number, string> = new Map([
  [20, 'int8send'],
  [114, 'json_send'],
  [700, 'float4send'],
  [701, 'float8send'],
  [1083, 'time_send'],
  [1114, 'timestamp_send'],
  [1184, 'timestamptz_send'],
  [1186, 'interval_send'],
  [1700, 'numeric_send'],
  [3802, 'jsonb_send'],
]);

const HASHES_RECORDS_FROM = 140_000;

/**
 * How rows are compared: by the columns that both tables have, by name. Values are written by the output functions of their types:
 * a cast to text may run a function that any user has made.
 *
 * @param serverVersionNum of the older of the two servers
 */
export function rowDigest(one: TableShape, other: TableShape, serverVersionNum: number): RowDigest {
  const others = new Map(other.columns.map((column) => [column.name, column]));
  const common = one.columns.flatMap((column): CommonColumn[] => {
    const counterpart = others.get(column.name);
    return counterpart === undefined ? [] : [{ ...column, isOfOneType: counterpart.typeOid === column.typeOid }];
  });
  const digest = digestOf(common, serverVersionNum);
  const isKeyed =
    one.key.length > 0 &&
    JSON.stringify(one.key) === JSON.stringify(other.key) &&
    one.key.every((name) => others.has(name));
  if (!isKeyed) {
    const bucket = `((${digest}) & ${BUCKETS - 1})::int`;
    return { digest, bucket, identity: `(${digest})::text`, keyTexts: undefined };
  }
  const text = textOf(one.key);
  return {
    digest,
    bucket: `(${textHash(text)} & ${BUCKETS - 1})::int`,
    // 128 bits. The text itself would have to be sorted here as the server sorts it, in its encoding.
    identity: `pg_catalog.concat(${textHash(text)}, ' ', ${textHash(text, 1)})`,
    keyTexts: `ARRAY[${one.key.map((name) => `pg_catalog.concat(${columnOf(name)})`).join(', ')}]`,
  };
}

/** A column that both tables have. */
interface CommonColumn extends ShapeColumn {
  readonly isOfOneType: boolean;
}

function digestOf(columns: readonly CommonColumn[], serverVersionNum: number): string {
  if (columns.length === 0) return '0::bigint';
  if (serverVersionNum < HASHES_RECORDS_FROM) return textHash(textOf(columns.map(({ name }) => name)));
  const written = columns.filter((column) => formOf(column) === undefined).map(({ name }) => name);
  const parts = [
    ...columns.flatMap((column) => formOf(column) ?? []),
    ...(written.length === 0 ? [] : [textOf(written)]),
  ];
  // The hash of a row is a sum over its columns. Summed up for all rows, values that two rows have exchanged would not be seen. As the
  // seed of another hash it is mixed.
  return `pg_catalog.hashint4extended(0, pg_catalog.hash_record_extended(ROW(${parts.join(', ')}), 0))`;
}

/** The column as part of a row that is hashed; `undefined` if its value has to be written as text. */
function formOf({ name, typeOid, isOfOneType }: CommonColumn): string | undefined {
  if (!isOfOneType) return undefined;
  const column = columnOf(name);
  if (TEXTS.has(typeOid)) return `${column} COLLATE "C"`;
  if (HASHED_AS_THEY_ARE.has(typeOid)) return column;
  const send = SENT.get(typeOid);
  return send && `pg_catalog.${send}(${column})`;
}

/** Values as one text, in which a null is no empty text. */
function textOf(names: readonly string[]): string {
  return `pg_catalog.concat(ROW(${names.map(columnOf).join(', ')}))`;
}

function textHash(text: string, seed = 0): string {
  return `pg_catalog.hashtextextended(${text} COLLATE "C", ${seed})`;
}

function columnOf(name: string): string {
  return `t.${pg.escapeIdentifier(name)}`;
}
