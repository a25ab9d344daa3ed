import type { ArchiveEntry } from './archive-toc';
import { isSaying } from './dependants';
import { keyOf } from '../server/relation-name';

/** Tables whose rows wait for those of others, by `keyOf`: a set for each turn after the first. */
export type LateRows = readonly ReadonlySet<string>[];

/** An entry without its text, which is long where there are many. */
type Entry = Pick<ArchiveEntry, 'id' | 'type' | 'schema' | 'name' | 'dependencies'>;

const RELATIONS: ReadonlySet<string> = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE']);
const LARGE_OBJECTS: ReadonlySet<string> = new Set(['BLOB', 'BLOB METADATA']);
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/gu;

/**
 * Finds the tables whose rows cannot be loaded before those of others: a function in a check, a domain or a generated column looks at
 * other tables. pg_dump does not know, since the body of a function is only text to it. A name in a text is taken for a table's; one
 * that is not meant only costs that the rows are loaded later.
 */
export class LateRowFinder {
  private readonly entries = new Map<number, Entry>();
  private readonly bodies = new Map<number, string>();

  add(entry: ArchiveEntry): void {
    const { id, type, schema, name, sql, dependencies } = entry;
    // No table needs them, and there may be very many.
    if (isSaying(entry) || LARGE_OBJECTS.has(type)) return;
    this.entries.set(id, { id, type, schema, name, dependencies });
    if (type === 'FUNCTION') this.bodies.set(id, sql);
  }

  found(): LateRows {
    const { entries } = this;
    const looks = findLooks(entries, this.bodies);
    if (looks.size === 0) return [];
    const tables = [...entries.values()].filter(({ type }) => type === 'TABLE');
    const needs = new Map<Entry, ReadonlySet<Entry>>();
    for (const table of tables) {
      const functions = [...reachable([table.id], entries)].flatMap((id) => [...(looks.get(id) ?? [])]);
      if (functions.length === 0) continue;
      const seen = [...reachable(functions, entries)].flatMap((id) => entries.get(id) ?? []);
      needs.set(table, new Set(seen.filter((entry) => entry.type === 'TABLE' && entry !== table)));
    }
    return turnsOf(needs);
  }
}

/**
 * Functions that look at relations, at whatever distance, by number.
 *
 * @returns the numbers of the relations
 */
function findLooks(
  entries: ReadonlyMap<number, Entry>,
  bodies: ReadonlyMap<number, string>,
): Map<number, ReadonlySet<number>> {
  const looks = new Map<number, ReadonlySet<number>>();
  if (bodies.size === 0) return looks;
  const named = new Map<string, number[]>();
  for (const { id, type, name } of entries.values()) {
    if (!RELATIONS.has(type) && !bodies.has(id)) continue;
    const key = (bodies.has(id) ? name.replace(/\(.*$/s, '') : name).toLowerCase();
    const ids = named.get(key);
    if (ids === undefined) named.set(key, [id]);
    else ids.push(id);
  }
  const mentions = new Map<number, readonly number[]>();
  for (const [id, body] of bodies) {
    const words = new Set(body.toLowerCase().match(WORD));
    mentions.set(
      id,
      [...words].flatMap((word) => named.get(word) ?? []),
    );
  }
  for (const id of bodies.keys()) {
    const seen = reach([id], (from) => mentions.get(from) ?? []);
    const relations = [...seen].filter((other) => !bodies.has(other));
    if (relations.length > 0) looks.set(id, new Set(relations));
  }
  return looks;
}

/** What entries need, at whatever distance, themselves included. */
function reachable(ids: readonly number[], entries: ReadonlyMap<number, Entry>): Set<number> {
  return reach(ids, (id) => entries.get(id)?.dependencies ?? []);
}

function reach(ids: readonly number[], next: (id: number) => readonly number[]): Set<number> {
  const found = new Set(ids);
  for (const id of found) for (const other of next(id)) found.add(other);
  return found;
}

/** Tables that need each other come together: there is no order that could be right. */
function turnsOf(needs: ReadonlyMap<Entry, ReadonlySet<Entry>>): LateRows {
  const turns: ReadonlySet<string>[] = [];
  let waiting = [...needs.keys()];
  while (waiting.length > 0) {
    const free = waiting.filter((table) => !waiting.some((other) => needs.get(table)?.has(other) === true));
    const turn = free.length > 0 ? free : waiting;
    turns.push(new Set(turn.map(keyOf)));
    waiting = waiting.filter((table) => !turn.includes(table));
  }
  return turns;
}
