import pg from 'pg';
import type { Archive } from '../archive/archive';
import { archiveEntries } from '../archive/archive-toc';
import type { LeftOut } from '../load/left-out';
import { RestoreError } from '../server/restore-error';

/** A loaded database that is compared with what it was loaded from. */
export interface SchemaCheck {
  /** Connected to the loaded database. */
  readonly client: pg.Client;
  readonly archive: Archive;
  /** What was not made on purpose. */
  readonly leftOut: LeftOut;
  readonly signal: AbortSignal;
}

interface ConstraintRow {
  name: string;
  is_foreign_key: boolean;
  is_validated: boolean;
}

interface SequenceRow {
  last_value: string;
  is_called: boolean;
  is_ascending: boolean;
}

// The rows of a foreign table are elsewhere: nothing here validates them.
const CONSTRAINTS = `
  SELECT n.nspname || '.' || c.relname || '.' || k.conname AS name, k.contype = 'f' AS is_foreign_key,
         k.convalidated OR (pg_catalog.to_jsonb(k) ->> 'conenforced') = 'false' AS is_validated
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND c.relkind <> 'f' JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE k.contype IN ('c', 'f') AND k.conparentid = 0 AND k.coninhcount = 0 AND n.nspname !~ '^pg_'`;

const SETVAL = /^SELECT pg_catalog\.setval\('((?:[^']|'')+)', (-?\d+), (true|false)\);$/gm;
/** Names that are given in an error; the count of all is given too. */
const NAMES_SHOWN = 10;

/**
 * Sees that every foreign key of the backup is there, that constraints are validated unless they were not in the
 * backup, and that no sequence stands before where the backup had it.
 *
 * @returns how much was compared
 * @throws RestoreError `integrity_violation` that names what is wrong; ContainerError, or the signal's reason
 */
export async function verifySchema(check: SchemaCheck): Promise<{ foreign_keys: number; sequences: number }> {
  const foreignKeys = await verifyConstraints(check);
  return { foreign_keys: foreignKeys, sequences: await verifySequences(check) };
}

async function verifyConstraints({ client, archive, leftOut }: SchemaCheck): Promise<number> {
  const { facts } = await archive.contents();
  const { rows } = await client.query<ConstraintRow>(CONSTRAINTS);
  const present = new Set(rows.filter((row) => row.is_foreign_key).map(({ name }) => name));
  const expected = facts.foreignKeys.map(({ name }) => name).filter((name) => !leftOut.foreignKeys.includes(name));
  const invalid = rows.filter((row) => !row.is_validated && !facts.unvalidated.has(row.name)).map(({ name }) => name);
  const wrong = [...expected.filter((name) => !present.has(name)), ...invalid].sort();
  if (wrong.length === 0) return expected.length;
  throw new RestoreError('integrity_violation', 'Constraints of the backup are missing or do not hold.', {
    constraints: wrong.slice(0, NAMES_SHOWN),
    constraint_count: wrong.length,
  });
}

async function verifySequences(check: SchemaCheck): Promise<number> {
  const { client, archive } = check;
  const behind: string[] = [];
  let count = 0;
  for (const { name: stream, kind } of archive.reader.index.streams) {
    if (kind !== 'data') continue;
    for (const [, quoted, value, isCalled] of (await sequenceText(check, stream)).matchAll(SETVAL)) {
      check.signal.throwIfAborted();
      const name = quoted?.replaceAll("''", "'") ?? '';
      count += 1;
      const { rows } = await client.query<SequenceRow>(
        `SELECT s.last_value::text, s.is_called, q.seqincrement > 0 AS is_ascending
           FROM ${name} s, pg_catalog.pg_sequence q WHERE q.seqrelid = ${pg.escapeLiteral(name)}::pg_catalog.regclass`,
      );
      if (isBehind(rows[0], BigInt(value ?? 0), isCalled === 'true')) behind.push(name);
    }
  }
  if (behind.length === 0) return count;
  throw new RestoreError('integrity_violation', 'Sequences stand before where the backup had them.', {
    sequences: behind.sort().slice(0, NAMES_SHOWN),
    sequence_count: behind.length,
  });
}

function isBehind(row: SequenceRow | undefined, value: bigint, isCalled: boolean): boolean {
  if (row === undefined) return true;
  const last = BigInt(row.last_value);
  if (last === value) return isCalled && !row.is_called;
  return row.is_ascending ? last < value : last > value;
}

/** The statements that set sequences; they are in the table of contents, so that no row is read for them. */
async function sequenceText({ archive, signal }: SchemaCheck, stream: string): Promise<string> {
  const statements: string[] = [];
  for await (const { type, sql } of archiveEntries(archive.reader.readStream(stream, { signal }))) {
    if (type === 'SEQUENCE SET') statements.push(sql);
  }
  return statements.join('');
}
