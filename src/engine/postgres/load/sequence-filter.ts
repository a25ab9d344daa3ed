import type pg from 'pg';
import type { RelationName } from '../server/relation-name';
import { decoderFor } from '../archive/archive-encoding';

/** How pg_dump sets a sequence: the name is a text that casts to regclass. */
const SETVAL = /^SELECT pg_catalog\.setval\('((?:[^']|'')+)', -?\d+, (?:true|false)\);$/gm;

/** Of tables, which own them or draw from them. */
const SEQUENCES = `
  SELECT s.oid::regclass::text AS text, n.nspname::text AS schema, s.relname::text AS name
    FROM pg_catalog.pg_class s JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
   WHERE s.relkind = 'S' AND (
     EXISTS (SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid
                AND d.refobjid = ANY ($1::pg_catalog.regclass[]) AND d.deptype IN ('a', 'i'))
     OR EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid
                 WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.refobjid = s.oid
                   AND a.adrelid = ANY ($1::pg_catalog.regclass[])))`;

/**
 * The sequences of some tables.
 *
 * @param tables qualified names
 */
export async function sequencesOf(client: pg.Client, tables: readonly string[]): Promise<RelationName[]> {
  return (await client.query<RelationName>(SEQUENCES, [tables])).rows;
}

/**
 * Lets through only those statements of a data section that set a sequence of these tables; large objects, which are
 * statements too, belong to no table. To be asked with an empty search path, so that names are written as pg_dump writes them.
 *
 * @param tables qualified names
 */
export async function sequenceFilter(
  client: pg.Client,
  tables: readonly string[],
): Promise<(sql: string, encoding: string) => string> {
  const { rows } = await client.query<{ text: string }>(SEQUENCES, [tables]);
  const wanted = new Set(rows.map(({ text }) => text));
  return (sql, encoding) => {
    const decode = decoderFor(encoding);
    const nameOf = (literal = ''): string => decode(Buffer.from(literal.replaceAll("''", "'"), 'latin1'));
    return [...sql.matchAll(SETVAL)]
      .filter(([, literal]) => wanted.has(nameOf(literal)))
      .map(([statement]) => statement)
      .join('\n');
  };
}
