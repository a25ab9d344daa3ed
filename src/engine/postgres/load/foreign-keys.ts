import pg from 'pg';
import { RestoreError } from '../server/restore-error';
import { qualified } from '../server/relation-name';

/** A foreign key as it was, with all it takes to make it again. */
export interface ForeignKey {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly definition: string;
  readonly comment: string | null;
  readonly columns: readonly string[];
  readonly refSchema: string;
  readonly refTable: string;
  readonly refColumns: readonly string[];
}

// Those that a partition has from its parent come and go with the parent's.
const FOREIGN_KEYS = `
  SELECT k.conname::text AS name, n.nspname::text AS schema, c.relname::text AS "table", pg_get_constraintdef(k.oid) AS definition,
         obj_description(k.oid, 'pg_constraint') AS comment, rn.nspname::text AS "refSchema", rc.relname::text AS "refTable",
         array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (num, i)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.i) AS columns,
         array(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (num, i)
                 JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.i) AS "refColumns"
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class rc ON rc.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
   WHERE k.contype = 'f' AND k.conparentid = 0
     AND (k.conrelid = ANY ($1::regclass[]) OR k.confrelid = ANY ($1::regclass[]))
   ORDER BY k.oid`;

/** `foreign_key_violation` */
const VIOLATION = '23503';

/** @param tables qualified names: keys from them and to them are found */
export async function foreignKeysOf(client: pg.Client, tables: readonly string[]): Promise<ForeignKey[]> {
  return (await client.query<ForeignKey>(FOREIGN_KEYS, [tables])).rows;
}

export async function dropForeignKeys(client: pg.Client, keys: readonly ForeignKey[]): Promise<void> {
  for (const key of keys) {
    await client.query(`ALTER TABLE ${tableOf(key)} DROP CONSTRAINT ${pg.escapeIdentifier(key.name)}`);
  }
}

/**
 * Makes the keys again, which has the server look at every row.
 *
 * @throws RestoreError `integrity_violation` that names each constraint that does not hold and counts the rows
 */
export async function recreateForeignKeys(client: pg.Client, keys: readonly ForeignKey[]): Promise<void> {
  const violations: Violation[] = [];
  let firstError: unknown;
  for (const key of keys) {
    const name = pg.escapeIdentifier(key.name);
    await client.query('SAVEPOINT foreign_key');
    try {
      await client.query(`ALTER TABLE ${tableOf(key)} ADD CONSTRAINT ${name} ${key.definition}`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === VIOLATION)) throw error;
      await client.query('ROLLBACK TO SAVEPOINT foreign_key');
      firstError ??= error;
      violations.push(await violationOf(client, key));
      continue;
    }
    await client.query('RELEASE SAVEPOINT foreign_key');
    if (key.comment !== null) {
      await client.query(`COMMENT ON CONSTRAINT ${name} ON ${tableOf(key)} IS ${pg.escapeLiteral(key.comment)}`);
    }
  }
  const [first, ...others] = violations;
  if (first !== undefined) throw refusal(first, others, firstError);
}

/** Rows that would point at nothing. */
interface Violation {
  readonly constraint: string;
  readonly table: string;
  readonly references: string;
  readonly rows: number;
}

function refusal(first: Violation, others: readonly Violation[], cause: unknown): RestoreError {
  const { constraint, table, rows } = first;
  const said = [first, ...others]
    .map(
      (each) => `${each.constraint} of ${each.table} (${each.rows} rows would point at nothing in ${each.references})`,
    )
    .join(', ');
  return new RestoreError(
    'integrity_violation',
    others.length === 0 ? `The foreign key ${said} would not hold.` : `Foreign keys would not hold: ${said}.`,
    { constraint, table, rows, foreign_keys: [first, ...others] },
    { cause },
  );
}

async function violationOf(client: pg.Client, key: ForeignKey): Promise<Violation> {
  const isSet = key.columns.map((column) => `t.${pg.escapeIdentifier(column)} IS NOT NULL`).join(' AND ');
  const matches = key.columns
    .map((column, i) => `r.${pg.escapeIdentifier(key.refColumns[i] ?? '')} = t.${pg.escapeIdentifier(column)}`)
    .join(' AND ');
  const referenced = qualified({ schema: key.refSchema, name: key.refTable });
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM ${tableOf(key)} t WHERE ${isSet} AND NOT EXISTS (SELECT FROM ${referenced} r WHERE ${matches})`,
  );
  return {
    constraint: key.name,
    table: `${key.schema}.${key.table}`,
    references: `${key.refSchema}.${key.refTable}`,
    rows: Number(rows[0]?.count),
  };
}

function tableOf({ schema, table }: ForeignKey): string {
  return qualified({ schema, name: table });
}
