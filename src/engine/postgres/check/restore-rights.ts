import pg from 'pg';
import { type Finding, problem, warning } from '../../findings/finding';
import { TIME_LIMITS } from '../server/connection';
import { type DatabaseProperties, settingStatements } from '../database/database-properties';
import { foreignKeysOf } from '../load/foreign-keys';
import type { SchemaFacts } from '../archive/schema-facts';
import { readScopeTables } from '../dump/scope-tables';
import { isAmong, keyOf, qualified, type RelationName } from '../server/relation-name';

/** Finds tablespaces that the backup or the target names and that are not there, or not for us. */
export async function tablespaceProblems(
  admin: pg.Client,
  facts: SchemaFacts,
  target: DatabaseProperties | undefined,
): Promise<Finding[]> {
  const wanted = new Set(facts.tablespaces);
  if (target !== undefined && !target.isInUsualTablespace) wanted.add(target.tablespace);
  const { rows } = await admin.query<{ name: string; may: boolean }>(
    `SELECT spcname::text AS name, pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS may FROM pg_catalog.pg_tablespace`,
  );
  const known = new Map(rows.map(({ name, may }) => [name, may]));
  return [...wanted].sort().flatMap((tablespace) => {
    const may = known.get(tablespace);
    if (may === undefined) return [problem('tablespace.missing', { tablespace })];
    return may ? [] : [problem('tablespace.not_usable', { tablespace })];
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
): Promise<Finding[]> {
  const problems: Finding[] = [];
  for (const { sql, label } of settingStatements(target, properties)) {
    await admin.query('BEGIN');
    try {
      await admin.query(sql);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      problems.push(problem('role.setting_of_target', { setting: label }));
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
  dumped: readonly RelationName[],
  scopeTables: readonly RelationName[],
): Promise<Finding[]> {
  const present = await readScopeTables(client, scopeTables);
  const columns = new Map(present.map((table) => [keyOf(table), new Set(table.columns)]));
  const isDumped = isAmong(dumped);
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
      .filter((table) => isDumped(table) && !columns.has(keyOf(table)))
      .map(({ schema, name }) => problem('scope.table_missing', { table: `${schema}.${name}` })),
    ...present
      .filter(({ isPartition, root, name, schema }) => isPartition && keyOf(root) === keyOf({ schema, name }))
      .map(({ schema, name }) => problem('scope.is_partition', { table: `${schema}.${name}` })),
    ...scopeTables.flatMap((table) => {
      const known = columns.get(keyOf(table));
      const ofBackup = known === undefined ? [] : (facts.columns.get(keyOf(table)) ?? []);
      const shown = table.schema === 'public' ? table.name : `${table.schema}.${table.name}`;
      return ofBackup
        .filter((column) => known?.has(column) !== true)
        .map((column) => problem('scope.column_missing', { column: `${shown}.${column}` }));
    }),
    ...owners.rows.map(({ name, owner }) => problem('scope.foreign_table', { table: name, owner })),
  ];
}

/** What an administrator should know although it stops nothing. */
export async function serverWarnings(
  admin: pg.Client,
  target: { readonly name: string; readonly encoding: string },
  backupEncoding: string,
): Promise<Finding[]> {
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
    ...limits.rows.map(({ name, value }) => warning('role.time_limit', { setting: name, value })),
    ...slots.rows.map(({ name }) => warning('target.replication_slot', { slot: name })),
    ...(isOther ? [warning('target.other_encoding', { backup: backupEncoding, target: target.encoding })] : []),
  ];
}
