import pg from 'pg';
import type { ArchiveEntry } from '../archive/archive-toc';
import { withConnection } from '../server/connection';
import { withoutSayingsOn } from '../archive/dependants';
import type { LoadPass, LoadPasses } from '../archive/load-passes';
import { type LoadTarget, loadWhatCanBe } from './pg-restore';
import { withoutCatalog } from '../server/search-path';

/** A part of a schema that is loaded. */
export interface PassOrder {
  readonly target: LoadTarget;
  readonly passes: LoadPasses;
  /** Those that one program may load, because nothing is done between them. */
  readonly parts: readonly LoadPass[];
  readonly isWanted: (id: number) => boolean;
  /** Connections at once. */
  readonly jobs: number;
  /** What cannot be made is left out. */
  readonly allowsIncomplete: boolean;
}

/** What has not gone as the dump says. */
export interface PassResult {
  /** Objects that could not be made at all: only where that is allowed. */
  readonly incomplete: readonly ArchiveEntry[];
  /** Objects that could be made under the database's own `search_path` only. */
  readonly underOwnPath: readonly ArchiveEntry[];
}

const NOTHING: PassResult = { incomplete: [], underOwnPath: [] };

/**
 * Loads some passes. What cannot be built under the empty search path that definitions are read with (functions that name others
 * without their schema) is built again under the database's own.
 *
 * @throws ToolError that says why it failed first, or the signal's reason
 */
export async function loadPasses(order: PassOrder): Promise<PassResult> {
  const { target, passes, parts, isWanted, jobs, allowsIncomplete } = order;
  if (!passes.of(parts).some(isWanted)) return NOTHING;
  const first = await loadWhatCanBe(target, passes.part(parts, isWanted), jobs);
  if (first === undefined) return NOTHING;
  if (first.isHopeless && !allowsIncomplete) throw first.error;
  const entries = await passes.entries(first.ids);
  const isFailed = (id: number): boolean => first.ids.has(id);
  const again = await loadWhatCanBe(await underOwnPath(target), passes.part(parts, isFailed, 'own'), jobs);
  const built = entries.filter(({ id }) => again?.ids.has(id) !== true);
  const others = await dropOthers(target, built);
  const left = entries.filter((entry) => !built.includes(entry) || others.includes(entry));
  if (left.length > 0 && !allowsIncomplete) throw first.error;
  return {
    incomplete: withoutSayingsOn(left),
    underOwnPath: withoutSayingsOn(built.filter((entry) => !others.includes(entry))),
  };
}

/** Names that are found in `pg_catalog` under the empty path are found there under this one. */
async function underOwnPath(target: LoadTarget): Promise<LoadTarget> {
  const { address, settings, signal } = target;
  const path = settings?.['search_path'] ?? (await withConnection(address, readPath, signal));
  const safe = withoutCatalog(path);
  return safe === path ? target : { ...target, settings: { ...settings, search_path: safe } };
}

async function readPath(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ path: string }>(
    `SELECT reset_val AS path FROM pg_catalog.pg_settings WHERE name = 'search_path'`,
  );
  return rows[0]?.path ?? '';
}

/** A function of another schema may fit better than the one that was meant: an index that came out otherwise is none. */
async function dropOthers({ address, signal }: LoadTarget, built: readonly ArchiveEntry[]): Promise<ArchiveEntry[]> {
  const indexes = built.filter(({ type }) => type === 'INDEX');
  if (indexes.length === 0) return [];
  return withConnection(
    address,
    async (client) => {
      await client.query(`SET search_path = ''`);
      const others: ArchiveEntry[] = [];
      for (const entry of indexes) {
        const name = `${pg.escapeIdentifier(entry.schema)}.${pg.escapeIdentifier(entry.name)}`;
        const { rows } = await client.query<{ definition: string | null }>(
          'SELECT pg_catalog.pg_get_indexdef(pg_catalog.to_regclass($1)) AS definition',
          [name],
        );
        if (entry.sql.includes(`${rows[0]?.definition ?? ''};`)) continue;
        await client.query(`DROP INDEX IF EXISTS ${name}`);
        others.push(entry);
      }
      return others;
    },
    signal,
  );
}
