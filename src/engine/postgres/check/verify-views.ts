import type pg from 'pg';
import { keyOf, type RelationName } from '../server/relation-name';
import { RestoreError } from '../server/restore-error';
import { numbersIn } from '../archive/use-list';
import type { SchemaCheck } from './verify-schema';
import { byName, readViews, type ViewCount, viewRows } from '../dump/view-counts';

/** Names that are given; the count of all is given too. */
const NAMES_SHOWN = 10;

/** Materialized views that were compared, as a step's details name them. */
export interface ComparedViews {
  /** Absent when the backup has none, or does not say. */
  readonly views?: number;
  /** Views with another number of rows: those of the backup were stale, or read what differs here. */
  readonly views_differ?: string[];
  readonly views_differ_count?: number;
  /** Views that `pg_dump` does not fill, because they read a view without rows. */
  readonly views_not_populated?: string[];
  readonly views_not_populated_count?: number;
}

/**
 * Compares the materialized views of a loaded database with those that the backup counted. A restore makes their rows anew:
 * another number of rows is named, and only a view that has rows on one side alone is an error.
 *
 * @throws RestoreError `integrity_violation` that names the views; ContainerError, or the signal's reason
 */
export async function verifyViews(check: SchemaCheck): Promise<ComparedViews> {
  const expected = check.archive.reader.index.views ?? [];
  if (expected.length === 0) return {};
  const archived = await readArchivedViews(check);
  const found = byName(await readViews(check.client));
  const wrong: string[] = [];
  const differ: string[] = [];
  const empty: string[] = [];
  for (const view of expected) {
    check.signal.throwIfAborted();
    const name = `${view.schema}.${view.name}`;
    const isPopulated = found.get(keyOf(view))?.is_populated;
    if (archived.leftOut.has(keyOf(view))) continue;
    if (isPopulated === view.is_populated) {
      if (isPopulated && (await differs(check.client, view))) differ.push(name);
    } else if (isPopulated === false && !archived.filled.has(keyOf(view))) empty.push(name);
    else wrong.push(name);
  }
  if (wrong.length > 0) {
    throw new RestoreError(
      'integrity_violation',
      'Materialized views are missing, or are not populated as they were.',
      {
        views: wrong.slice(0, NAMES_SHOWN),
        view_count: wrong.length,
      },
    );
  }
  return {
    views: expected.length,
    ...(differ.length === 0 ? {} : { views_differ: differ.slice(0, NAMES_SHOWN), views_differ_count: differ.length }),
    ...(empty.length === 0
      ? {}
      : { views_not_populated: empty.slice(0, NAMES_SHOWN), views_not_populated_count: empty.length }),
  };
}

async function differs(client: pg.Client, view: ViewCount): Promise<boolean> {
  if (view.rows === undefined) return false;
  const rows = await viewRows(client, view);
  return rows !== undefined && rows !== view.rows;
}

interface ArchivedViews {
  /** Views that the archive fills. */
  readonly filled: ReadonlySet<string>;
  /** Views that were not made, or not filled, on purpose. */
  readonly leftOut: ReadonlySet<string>;
}

async function readArchivedViews({ archive, leftOut }: SchemaCheck): Promise<ArchivedViews> {
  const wanted = leftOut.useList && new Set(numbersIn(leftOut.useList));
  const refused = new Set(leftOut.incompleteIds);
  const [filled, out] = [new Set<string>(), new Set<string>()];
  for (const { id, type, schema, name } of (await archive.contents()).views) {
    const view: RelationName = { schema, name };
    if (type === 'MATERIALIZED VIEW DATA') filled.add(keyOf(view));
    if (refused.has(id) || wanted?.has(id) === false) out.add(keyOf(view));
  }
  return { filled, leftOut: out };
}
