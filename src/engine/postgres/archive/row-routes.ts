import { inBlocks } from '../../bytes/in-blocks';
import { decoderFor } from './archive-encoding';
import { NUMBER_BYTES, withCopyStatement } from './archive-edit';
import { type RawEntry, TocReader } from './archive-toc';
import { CAPTURED, IDENTIFIER, unquoted } from '../server/identifiers';
import { withOwnPath } from './load-passes';
import { keyOf, type RelationName } from '../server/relation-name';

const RELATION = `${IDENTIFIER}\\.${IDENTIFIER}`;
const CREATE = new RegExp(`^CREATE (?:UNLOGGED )?TABLE (${RELATION}) `, 'm');
const ATTACH = new RegExp(`^ALTER TABLE ONLY (${RELATION}) ATTACH PARTITION (${RELATION}) `, 'm');
const BY_HASH = /^PARTITION BY HASH \(/m;
const NAMES = new RegExp(`^${CAPTURED}\\.${CAPTURED}$`);
const COPY = new RegExp(`^COPY (${RELATION})`);

/** Names of tables in the words and the encoding of their archive. */
export type RowRoutes = ReadonlyMap<string, string>;

/**
 * Finds the partitions whose rows may belong elsewhere in another database: those under a table that is partitioned by hash, and
 * the table at the top of each. What the hash of a value is depends on numbers of the server (an enum's), on its version, and on
 * its locales.
 */
export class RowRouteFinder {
  private readonly parents = new Map<string, string>();
  private readonly byHash = new Set<string>();

  add({ entry, bytes, sqlFrom, sqlTo }: RawEntry): void {
    if (entry.type !== 'TABLE' && entry.type !== 'TABLE ATTACH') return;
    const sql = bytes.toString('latin1', sqlFrom + NUMBER_BYTES, sqlTo);
    const [, parent, partition] = ATTACH.exec(sql) ?? [];
    if (parent !== undefined && partition !== undefined) this.parents.set(partition, parent);
    const [, table] = CREATE.exec(sql) ?? [];
    if (table !== undefined && BY_HASH.test(sql)) this.byHash.add(table);
  }

  found(): RowRoutes {
    const routes = new Map<string, string>();
    for (const partition of this.parents.keys()) {
      const line = ancestors(partition, this.parents);
      const root = line.at(-1);
      if (root !== undefined && line.some((table) => this.byHash.has(table))) routes.set(partition, root);
    }
    return routes;
  }
}

function ancestors(table: string, parents: ReadonlyMap<string, string>): string[] {
  const parent = parents.get(table);
  return parent === undefined ? [] : [parent, ...ancestors(parent, parents)];
}

/** The same by names as they are read. @param encoding of the archive, by PostgreSQL's name */
export function routeFinder(routes: RowRoutes, encoding: string): (table: RelationName) => RelationName {
  const decode = decoderFor(encoding);
  const nameOf = (latin1: string): RelationName => {
    const [, schema = '', name = ''] = NAMES.exec(latin1) ?? [];
    const text = (identifier: string): string => unquoted(decode(Buffer.from(identifier, 'latin1')));
    return { schema: text(schema), name: text(name) };
  };
  const roots = new Map([...routes].map(([table, root]) => [keyOf(nameOf(table)), nameOf(root)]));
  return (table) => roots.get(keyOf(table)) ?? table;
}

/** The tables whose rows may come with those of others, by {@link keyOf}. */
export function routedTables(routes: RowRoutes): ReadonlySet<string> {
  const keys = [...routes.keys()].map((table) => {
    const [, schema = '', name = ''] = NAMES.exec(table) ?? [];
    return keyOf({ schema: unquoted(schema), name: unquoted(name) });
  });
  return new Set(keys);
}

/**
 * The same archive of rows, for a session with the search path of the database, which is what functions in checks, generated columns
 * and partition keys expect, and with the rows of such partitions going to the table at their top.
 */
export async function* rowArchive(
  archive: AsyncIterable<Uint8Array>,
  routes: RowRoutes,
): AsyncGenerator<Buffer, void, undefined> {
  const toc = new TocReader(archive);
  try {
    yield* inBlocks(rowEntries(toc, routes));
    yield* toc.rest();
  } finally {
    await toc.close();
  }
}

async function* rowEntries(toc: TocReader, routes: RowRoutes): AsyncGenerator<Buffer, void, undefined> {
  yield (await toc.head()).bytes;
  for (let raw = await toc.next(); raw !== undefined; raw = await toc.next()) {
    const isRouted = raw.entry.type === 'TABLE DATA' && routes.size > 0;
    yield isRouted ? withCopyStatement(raw, (sql) => routed(sql, routes)) : withOwnPath(raw);
  }
}

function routed(sql: string, routes: RowRoutes): string {
  return sql.replace(COPY, (statement, table: string) => {
    const root = routes.get(table);
    return root === undefined ? statement : `COPY ${root}`;
  });
}
