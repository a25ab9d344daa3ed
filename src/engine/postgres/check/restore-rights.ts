import pg from 'pg';
import { TIME_LIMITS } from '../server/connection';
import { type DatabaseProperties, settingStatements } from '../database/database-properties';
import { foreignKeysOf } from '../load/foreign-keys';
import type { SchemaFacts } from '../archive/schema-facts';
import { readScopeTables } from '../dump/scope-tables';
import { qualified } from '../server/relation-name';

/** Finds tablespaces that the backup or the target names and that are not there, or not for us. */
export async function tablespaceProblems(
  admin: pg.Client,
  facts: SchemaFacts,
  target: DatabaseProperties | undefined,
): Promise<string[]> {
  const wanted = new Set(facts.tablespaces);
  if (target !== undefined && !target.isInUsualTablespace) wanted.add(target.tablespace);
  const { rows } = await admin.query<{ name: string; may: boolean }>(
    `SELECT spcname::text AS name, pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS may FROM pg_catalog.pg_tablespace`,
  );
  const known = new Map(rows.map(({ name, may }) => [name, may]));
  return [...wanted].sort().flatMap((name) => {
    const may = known.get(name);
    if (may === undefined) return [`the server does not have the tablespace ${name}`];
    return may ? [] : [`the role may not use the tablespace ${name} (GRANT CREATE ON TABLESPACE)`];
  });
}

/**
 * Finds settings of the target that could not be given to another database. The server alone knows: each is made once more
 * as it is, and taken back.
 */
export async function settingProblems(
  admin: pg.Client,
  target: string,
  properties: DatabaseProperties,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { sql, label } of settingStatements(target, properties)) {
    await admin.query('BEGIN');
    try {
      await admin.query(sql);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      problems.push(`the role may not carry over the setting ${label} of the target`);
    } finally {
      await admin.query('ROLLBACK');
    }
  }
  return problems;
}

/** Finds what keeps rows of a scope from being replaced in the target as it is now. */
export async function scopeProblems(
  client: pg.Client,
  facts: SchemaFacts,
  dumped: ReadonlySet<string>,
  scopeTables: readonly string[],
): Promise<string[]> {
  const present = await readScopeTables(client, scopeTables);
  const columns = new Map(
    present.filter(({ schema }) => schema === 'public').map((table) => [table.name, new Set(table.columns)]),
  );
  const owners = await client.query<{ name: string; owner: string }>(
    `SELECT c.oid::regclass::text AS name, pg_catalog.pg_get_userbyid(c.relowner)::text AS owner FROM pg_catalog.pg_class c
      WHERE c.oid = ANY ($1::regclass[]) AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') ORDER BY 1`,
    [
      [
        ...present.map((table) => qualified(table)),
        ...(
          await foreignKeysOf(
            client,
            present.map((table) => qualified(table)),
          )
        ).map(({ schema, table }) => qualified({ schema, name: table })),
      ],
    ],
  );
  return [
    ...scopeTables
      .filter((name) => dumped.has(name) && !columns.has(name))
      .map((name) => `the target lacks the table public.${name}`),
    ...scopeTables.flatMap((name) => {
      const known = columns.get(name);
      const missing = known === undefined ? [] : (facts.columns.get(name) ?? []).filter((column) => !known.has(column));
      return missing.map((column) => `the target lacks the column ${name}.${column}`);
    }),
    ...owners.rows.map(({ name, owner }) => `${name} belongs to ${owner}, of which the restoring role is no member`),
  ];
}

/** What an administrator should know although it stops nothing. */
export async function serverWarnings(
  admin: pg.Client,
  target: { readonly name: string; readonly encoding: string },
  backupEncoding: string,
): Promise<string[]> {
  const limits = await admin.query<{ name: string; value: string }>(
    `SELECT name, reset_val AS value FROM pg_catalog.pg_settings WHERE name = ANY ($1) AND reset_val <> '0' ORDER BY 1`,
    [TIME_LIMITS],
  );
  const slots = await admin.query<{ name: string }>(
    `SELECT slot_name::text AS name FROM pg_catalog.pg_replication_slots WHERE database = $1 ORDER BY 1`,
    [target.name],
  );
  const isOther = target.encoding !== backupEncoding;
  return [
    ...limits.rows.map(({ name, value }) => `${name} is ${value} for this role; it does not apply to the restore`),
    ...slots.rows.map(
      ({ name }) =>
        `the replication slot ${name} belongs to the target: a kept copy cannot be dropped before the slot is`,
    ),
    ...(isOther
      ? [
          `the backup is in ${backupEncoding} and the target in ${target.encoding}: not every character may have a place`,
        ]
      : []),
  ];
}
