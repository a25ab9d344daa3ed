import { keyOf, type RelationName } from '../server/relation-name';
import { identifier, writtenName } from './table-choice';

/** A table that rows are given for, and the one at the top of its partitions: itself when it is not a partition. */
export interface PatternTable {
  readonly table: RelationName;
  readonly root: RelationName;
}

/** Which tables some names and patterns stand for, and what is wrong with them. */
export interface PatternMatch {
  readonly tables: readonly RelationName[];
  /** Not of the form `schema.table`. */
  readonly malformed: readonly string[];
  /** Names of no table. */
  readonly unknown: readonly string[];
  /** Patterns that match no table. */
  readonly matchNothing: readonly string[];
  /** Names of partitions: only the whole table can be meant. */
  readonly partitions: readonly { readonly partition: string; readonly of: string }[];
}

const PART = String.raw`(?:"(?:[^"]|"")+"|[^".]+)`;
const NAME = new RegExp(`^(${PART})\\.(${PART})$`);
const QUOTED = /^"(.*)"$/s;

/**
 * Finds the tables that names and patterns stand for.
 *
 * @param written each `schema.table`, quoted as in SQL; outside of quotes `*` stands for any characters
 */
export function matchTables(written: readonly string[], tables: readonly PatternTable[]): PatternMatch {
  const roots = new Map(tables.map(({ root }) => [keyOf(root), { schema: root.schema, name: root.name }]));
  const found = new Map<string, RelationName>();
  const wrong = {
    malformed: [] as string[],
    unknown: [] as string[],
    matchNothing: [] as string[],
    partitions: [] as { partition: string; of: string }[],
  };
  for (const text of new Set(written)) {
    const [, schema, name] = NAME.exec(text) ?? [];
    if (schema === undefined || name === undefined) {
      wrong.malformed.push(text);
      continue;
    }
    const [isSchema, isName] = [matcher(schema), matcher(name)];
    const isMeant = (table: RelationName): boolean => isSchema(table.schema) && isName(table.name);
    const meant = [...roots].filter(([, root]) => isMeant(root));
    for (const [key, root] of meant) found.set(key, root);
    if (meant.length > 0) continue;
    const parts = tables.filter(({ table }) => isMeant(table));
    for (const { table, root } of parts)
      wrong.partitions.push({ partition: writtenName(table), of: writtenName(root) });
    if (parts.length > 0) continue;
    if (isPattern(schema) || isPattern(name)) wrong.matchNothing.push(text);
    else wrong.unknown.push(text);
  }
  return { tables: [...found.values()], ...wrong };
}

function isPattern(part: string): boolean {
  return !QUOTED.test(part) && part.includes('*');
}

/** One part of a name. */
function matcher(part: string): (name: string) => boolean {
  const [, quoted] = QUOTED.exec(part) ?? [];
  const wanted = identifier(quoted, part) ?? '';
  if (!isPattern(part)) return (name) => name === wanted;
  const pieces = wanted.split('*');
  return (name) => matches(name, pieces);
}

/** Piece by piece, because an expression of many stars could take for ever. */
function matches(name: string, pieces: readonly string[]): boolean {
  const [first = '', ...others] = pieces;
  const last = others.pop() ?? '';
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let from = first.length;
  for (const piece of others) {
    const at = name.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}
