import type pg from 'pg';
import type { RelationName } from '../server/relation-name';
import { SYSTEM_SCHEMAS } from '../server/system-schemas';
import type { Sides } from './compare-rows';

/** What has a definition. */
type DefinitionKind =
  'column' | 'constraint' | 'index' | 'trigger' | 'policy' | 'partition' | 'view' | 'function' | 'type' | 'sequence';

/** A definition that is only in one database, or not the same in both. */
export interface DefinitionDifference {
  readonly kind: DefinitionKind;
  /** The table it belongs to, if any. */
  readonly table: RelationName | null;
  readonly name: string;
  readonly state: 'only_in_backup' | 'only_in_target' | 'different';
}

interface Definition {
  readonly kind: DefinitionKind;
  readonly table: RelationName | null;
  readonly name: string;
  readonly hash: string;
}

const OF_EXTENSION = (catalog: string, oid: string): string =>
  `EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND d.objid = ${oid} AND d.deptype = 'e')`;
const TABLE = `pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname)`;
const hashed = (text: string): string => `pg_catalog.hashtextextended(${text} COLLATE "C", 0)::text AS hash`;
/** Of each table; its partitions may be others by now. */
const OF_TABLES = `
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND NOT (${SYSTEM_SCHEMAS}) AND NOT ${OF_EXTENSION('pg_class', 'c.oid')}`;

// Numbers of objects differ from database to database; what the server writes out does not.
const DEFINITIONS = `
  SELECT 'column' AS kind, ${TABLE} AS table, a.attname::text AS name,
         ${hashed(`pg_catalog.concat_ws(' ', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                   (SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation), pg_catalog.pg_get_expr(f.adbin, f.adrelid))`)}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum ${OF_TABLES}
  UNION ALL
  SELECT 'constraint', ${TABLE}, k.conname::text, ${hashed('pg_catalog.pg_get_constraintdef(k.oid)')}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x') ${OF_TABLES}
  UNION ALL
  SELECT 'index', ${TABLE}, ic.relname::text, ${hashed('pg_catalog.pg_get_indexdef(i.indexrelid)')}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid ${OF_TABLES}
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = c.oid)
  UNION ALL
  SELECT 'trigger', ${TABLE}, g.tgname::text, ${hashed(`pg_catalog.pg_get_triggerdef(g.oid) || g.tgenabled::text`)}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal ${OF_TABLES}
  UNION ALL
  SELECT 'policy', ${TABLE}, p.polname::text,
         ${hashed(`pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive, pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))`)}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid ${OF_TABLES}
  UNION ALL
  SELECT 'partition', ${TABLE}, s.relname::text, ${hashed('pg_catalog.pg_get_expr(s.relpartbound, s.oid)')}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_inherits i ON i.inhparent = c.oid JOIN pg_catalog.pg_class s ON s.oid = i.inhrelid AND s.relispartition ${OF_TABLES}
  UNION ALL
  SELECT 'view', NULL, pg_catalog.format('%I.%I', n.nspname, c.relname), ${hashed('pg_catalog.pg_get_viewdef(c.oid)')}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') AND NOT (${SYSTEM_SCHEMAS}) AND NOT ${OF_EXTENSION('pg_class', 'c.oid')}
  UNION ALL
  SELECT 'sequence', NULL, pg_catalog.format('%I.%I', n.nspname, c.relname),
         ${hashed(`pg_catalog.concat_ws(' ', s.seqtypid, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle)`)}
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
   WHERE NOT (${SYSTEM_SCHEMAS}) AND NOT ${OF_EXTENSION('pg_class', 'c.oid')}
  UNION ALL
  SELECT 'function', NULL, p.oid::pg_catalog.regprocedure::text,
         ${hashed(`CASE WHEN p.prokind IN ('f', 'p') THEN pg_catalog.pg_get_functiondef(p.oid) ELSE p.prokind::text END`)}
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
   WHERE NOT (${SYSTEM_SCHEMAS}) AND NOT ${OF_EXTENSION('pg_proc', 'p.oid')}
  UNION ALL
  SELECT 'type', NULL, pg_catalog.format('%I.%I', n.nspname, y.typname),
         ${hashed(`pg_catalog.concat_ws(' ', y.typtype, pg_catalog.format_type(y.typbasetype, y.typtypmod), y.typdefault,
                   (SELECT pg_catalog.string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = y.oid),
                   (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ',' ORDER BY k.conname) FROM pg_catalog.pg_constraint k WHERE k.contypid = y.oid))`)}
    FROM pg_catalog.pg_type y JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
   WHERE y.typtype IN ('e', 'd', 'r') AND NOT (${SYSTEM_SCHEMAS}) AND NOT ${OF_EXTENSION('pg_type', 'y.oid')}`;

/** Finds definitions that are not the same in both databases. Rights, owners and comments are not among them. */
export async function compareDefinitions(clients: Sides<pg.Client>): Promise<DefinitionDifference[]> {
  const [backup, target] = await Promise.all([definitionsOf(clients.backup), definitionsOf(clients.target)]);
  const differences: DefinitionDifference[] = [];
  for (const [key, { hash, ...definition }] of backup) {
    const other = target.get(key);
    if (other === undefined) differences.push({ ...definition, state: 'only_in_backup' });
    else if (other.hash !== hash) differences.push({ ...definition, state: 'different' });
  }
  for (const [key, { hash: _hash, ...definition }] of target) {
    if (!backup.has(key)) differences.push({ ...definition, state: 'only_in_target' });
  }
  return differences;
}

async function definitionsOf(client: pg.Client): Promise<Map<string, Definition>> {
  const { rows } = await client.query<Definition>(DEFINITIONS);
  return new Map(rows.map((row) => [JSON.stringify([row.kind, row.table?.schema, row.table?.name, row.name]), row]));
}
