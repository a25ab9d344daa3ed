import { isAmong, keyOf, type RelationName } from '../server/relation-name';

/** What an index says of a table, as far as it is chosen by that. */
export interface ChoosableTable extends RelationName {
  readonly partition_root?: RelationName | undefined;
}

/** A table that a name stands for. */
interface ChosenTable<Table extends ChoosableTable> extends RelationName {
  /** The table itself, or all partitions of a partitioned one, in the order of the index. */
  readonly parts: readonly Table[];
}

/** A name that stands for no table, or for more than one. */
export class TableChoiceError extends Error {
  override readonly name = 'TableChoiceError';

  /** @param near tables that may have been meant, as they are written; empty for what is not the name of a table */
  constructor(
    message: string,
    readonly reason: 'malformed' | 'unknown' | 'ambiguous' | 'different_columns',
    readonly near: readonly string[] = [],
  ) {
    super(message);
  }
}

const PLAIN = /^[a-z_\x80-\uffff][a-z0-9_$\x80-\uffff]*$/;
/** Quoted or not; what is not quoted is in lower case. */
const IDENTIFIER = String.raw`(?:"((?:[^"]|"")+)"|([^".]+))`;
const NAME = new RegExp(`^(?:${IDENTIFIER}\\.)?${IDENTIFIER}$`);
const MOST_SUGGESTED = 5;
/** Among more, names are not compared letter by letter: that would take seconds. */
const MOST_COMPARED = 10_000;

/**
 * Finds the table that a name stands for.
 *
 * @param written `schema.table` or `table`, quoted as in SQL: `public."Odd name"`
 * @param tables that the backup has rows of
 * @throws TableChoiceError, which names what may have been meant
 */
export function chooseTable<Table extends ChoosableTable>(
  written: string,
  tables: readonly Table[],
): ChosenTable<Table> {
  const wanted = parsedName(written);
  const partitioned = Map.groupBy(
    tables.filter(({ partition_root: root }) => root !== undefined),
    ({ partition_root: root, ...table }) => keyOf(root ?? table),
  );
  const roots = [...partitioned.values()].flatMap(([table]) => table?.partition_root ?? []);
  const all: readonly RelationName[] = [...tables, ...roots];
  const [found, ...others] = all.filter(
    ({ schema, name }) => name === wanted.name && (wanted.schema === undefined || schema === wanted.schema),
  );
  if (found === undefined) throw notFound(written, wanted, all);
  if (others.length > 0) {
    const near = [found, ...others].map(writtenName);
    throw new TableChoiceError(`several tables are called ${written}: ${near.join(', ')}`, 'ambiguous', near);
  }
  const isFound = isAmong([found]);
  return { ...nameOf(found), parts: partitioned.get(keyOf(found)) ?? tables.filter(isFound) };
}

/** A name as it can be given to {@link chooseTable}. */
export function writtenName({ schema, name }: RelationName): string {
  return [schema, name].map((part) => (PLAIN.test(part) ? part : `"${part.replaceAll('"', '""')}"`)).join('.');
}

function parsedName(written: string): { readonly schema: string | undefined; readonly name: string } {
  const match = NAME.exec(written);
  if (match === null) {
    throw new TableChoiceError(
      `${written} is not the name of a table: write schema.table, quoted as in SQL`,
      'malformed',
    );
  }
  const [, quotedSchema, schema, quotedName, name] = match;
  return { schema: identifier(quotedSchema, schema), name: identifier(quotedName, name) ?? '' };
}

/** What stands between quotes, or what does not. */
export function identifier(quoted: string | undefined, plain: string | undefined): string | undefined {
  // The server changes letters of ASCII alone.
  return quoted?.replaceAll('""', '"') ?? plain?.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function notFound(
  written: string,
  { schema, name }: ReturnType<typeof parsedName>,
  tables: readonly RelationName[],
): TableChoiceError {
  const near = tables
    .map((table) => ({
      table,
      distance:
        (tables.length > MOST_COMPARED ? Infinity : distanceOf(name, table.name)) +
        (table.schema === (schema ?? table.schema) ? 0 : 1),
    }))
    .filter(({ table, distance }) => table.name.startsWith(name) || distance <= mostChanges(table.name))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_SUGGESTED)
    .map(({ table }) => writtenName(table));
  const advice = near.length === 0 ? 'bscc list shows its tables' : `similar names are ${near.join(', ')}`;
  return new TableChoiceError(`the backup has no rows of a table ${written}; ${advice}`, 'unknown', near);
}

function nameOf({ schema, name }: RelationName): RelationName {
  return { schema, name };
}

/** How different a name may be that was meant by another. */
function mostChanges(name: string): number {
  return Math.max(1, Math.floor(name.length / 3));
}

/** How many characters have to be changed, added or left out, if they are not too many; another case changes nothing. */
function distanceOf(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > mostChanges(other)) return Infinity;
  const [from, to] = [Array.from(one.toLowerCase()), Array.from(other.toLowerCase())];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of from.entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const changed = (row[j] ?? 0) + (to[j] === letter ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
