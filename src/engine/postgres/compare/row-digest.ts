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

const [NUMERIC, INTERVAL, FLOAT4, FLOAT8] = [1700, 1186, 700, 701] as const;

// bool, bytea, "char", name, int8, int2, int4, text, oid, varchar, date, time, timestamp, timestamptz, uuid: equal by their hash
// if, and only if, they are written the same. A numeric is not (1.0 is 1.00), nor is a float (0 is -0), nor an interval. An enum is
// hashed by a number that differs from database to database.
const HASHED_AS_THEY_ARE: ReadonlySet<number> = new Set([
  16, 17, 18, 19, 20, 21, 23, 25, 26, 1043, 1082, 1083, 1114, 1184, 2950,
  // jsonb: its numbers count by their value, because to write it out takes several times as long.
  3802,
]);

/** Their binary form is exact, and quicker to make than a text. */
const SENT: ReadonlyMap<number, string> = new Map([
  [NUMERIC, 'numeric_send'],
  [INTERVAL, 'interval_send'],
  [FLOAT4, 'float4send'],
  [FLOAT8, 'float8send'],
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
  const areSame = one.rowType !== '' && one.rowType === other.rowType && common.length === one.columns.length;
  const digest = digestOf(common, areSame, serverVersionNum);
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

/** @param areSame the rows of both tables have the same type: then a row need not be taken apart, which takes as long as its hash */
function digestOf(columns: readonly CommonColumn[], areSame: boolean, serverVersionNum: number): string {
  if (columns.length === 0) return '0::bigint';
  if (serverVersionNum < HASHES_RECORDS_FROM) return textHash(textOf(columns.map(({ name }) => name)));
  const forms = columns.map(formOf);
  if (areSame && columns.every(({ typeOid }, i) => forms[i] === 'plain' || typeOid === NUMERIC)) {
    // Numerics of one value have one hash, however many zeros they are written with.
    const scales = columns
      .filter(({ typeOid }) => typeOid === NUMERIC)
      .map(({ name }, i) => ` # (coalesce(pg_catalog.scale(${columnOf(name)}), 0)::bigint << ${(i * 11) % 48})`);
    return `pg_catalog.hash_record_extended(t.*, 0)${scales.join('')}`;
  }
  const named = (form: ColumnForm): string[] => columns.filter((_, i) => forms[i] === form).map(({ name }) => name);
  const written = named('written');
  const parts = [
    ...named('plain').map(columnOf),
    ...columns.flatMap(({ name, typeOid }, i) =>
      forms[i] === 'sent' ? [`pg_catalog.${SENT.get(typeOid) ?? ''}(${columnOf(name)})`] : [],
    ),
    ...(written.length === 0 ? [] : [textOf(written)]),
  ];
  return `pg_catalog.hash_record_extended(ROW(${parts.join(', ')}), 0)`;
}

type ColumnForm = 'plain' | 'sent' | 'written';

function formOf({ typeOid, isOfOneType }: CommonColumn): ColumnForm {
  if (!isOfOneType) return 'written';
  if (HASHED_AS_THEY_ARE.has(typeOid)) return 'plain';
  return SENT.has(typeOid) ? 'sent' : 'written';
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
