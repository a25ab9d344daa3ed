import type pg from 'pg';
import type { BackupReader } from '../backup-reader';
import { counted } from '../counted';
import { V1_STREAM } from '../container/v1/v1-reader';
import { createRoles, dropRoles, releaseRoles } from './placeholder-roles';
import { findLeftOut, type LeftOut } from './left-out';
import { replay } from './replay';
import { qualified } from './snapshot';
import type { PostgresTools } from './tools';

/** A whole backup that replaces the content of a database in the client's transaction. */
export interface ContentLoad {
  /** In a transaction, which the caller commits or rolls back. */
  readonly client: pg.Client;
  readonly reader: BackupReader;
  readonly tools: PostgresTools;
  readonly ownership: 'keep' | 'leave out';
  /** Roles of the backup that the server does not have; made and dropped in the transaction when owners are kept. */
  readonly missingRoles: readonly string[];
  readonly onBytes: (bytes: number) => void;
  /** All rows are in; how long the rest takes, nobody outside of the transaction can see. */
  readonly onPostData: () => void;
  readonly signal: AbortSignal;
}

// Everything that a backup brings along, whoever made it. What is left standing would clash with the backup and roll all
// of it back. The schema public itself stays: pg_dump takes it for granted.
const CLEAR = `
DO $clear$
DECLARE item record;
BEGIN
  FOR item IN SELECT evtname AS name FROM pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', item.name); END LOOP;
  FOR item IN SELECT pubname AS name FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', item.name); END LOOP;
  FOR item IN SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql' LOOP EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', item.name); END LOOP;
  FOR item IN SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', item.name); END LOOP;
  FOR item IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY c.relkind = 'S', c.relkind <> 'v' LOOP
    IF to_regclass(item.name::text) IS NULL THEN CONTINUE; END IF;
    EXECUTE format('DROP %s IF EXISTS %s CASCADE',
      CASE item.kind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, item.name);
  END LOOP;
  FOR item IN SELECT p.oid, p.oid::regprocedure AS name, p.prokind AS kind FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace LOOP
    IF NOT EXISTS (SELECT FROM pg_proc WHERE oid = item.oid) THEN CONTINUE; END IF;
    EXECUTE format('DROP %s %s CASCADE', CASE item.kind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, item.name);
  END LOOP;
  FOR item IN SELECT t.oid, t.oid::regtype AS name, t.typtype AS kind FROM pg_type t
               WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('c', 'd', 'e', 'r') AND t.typrelid = 0
                  OR t.typnamespace = 'public'::regnamespace AND t.typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = t.typrelid AND relkind = 'c') LOOP
    IF NOT EXISTS (SELECT FROM pg_type WHERE oid = item.oid) THEN CONTINUE; END IF;
    EXECUTE format('DROP %s %s CASCADE', CASE item.kind WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, item.name);
  END LOOP;
  FOR item IN SELECT collname AS name FROM pg_collation WHERE collnamespace = 'public'::regnamespace LOOP EXECUTE format('DROP COLLATION public.%I CASCADE', item.name); END LOOP;
  FOR item IN SELECT cfgname AS name FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace LOOP EXECUTE format('DROP TEXT SEARCH CONFIGURATION public.%I CASCADE', item.name); END LOOP;
  FOR item IN SELECT dictname AS name FROM pg_ts_dict WHERE dictnamespace = 'public'::regnamespace LOOP EXECUTE format('DROP TEXT SEARCH DICTIONARY public.%I CASCADE', item.name); END LOOP;
  PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
END $clear$`;

/** The tables of a database, by qualified name. */
export async function ownTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  );
  return rows.map((table) => qualified(table));
}

/**
 * Empties the database and loads the backup. No constraint of size: one connection, one transaction, as many locks as
 * there are objects.
 *
 * @returns what could not be made there
 * @throws the driver's error, ToolError, ContainerError, or the signal's reason; the transaction is to be rolled back then
 */
export async function replaceContent(order: ContentLoad): Promise<LeftOut> {
  const { client, reader, tools, ownership, missingRoles, onBytes, signal } = order;
  const args = ownership === 'keep' ? [] : ['--no-owner', '--no-privileges'];
  const isVersion1 = reader.index.format === 1;
  const schema = isVersion1 ? V1_STREAM : 'schema';
  const leftOut = await findLeftOut({ ...order, missingRoles: ownership === 'keep' ? [] : missingRoles });
  await client.query(`SET LOCAL search_path = pg_catalog`);
  await client.query(CLEAR);
  const placeholders = ownership === 'keep' ? await createRoles(client, missingRoles, 'a restore in place') : [];
  await replay({ client, tools, archive: reader.readStream(schema, { signal }), section: 'pre-data', args, signal });
  for (const { name, kind } of reader.index.streams) {
    if (kind !== 'data') continue;
    const archive = counted(reader.readStream(name, { signal }), onBytes);
    await replay({ client, tools, archive, section: 'data', args, signal });
  }
  order.onPostData();
  const { useList } = leftOut;
  const postData = reader.readStream(schema, { signal });
  await replay({ client, tools, archive: postData, section: 'post-data', args, useList, signal });
  await releaseRoles(client, placeholders);
  await dropRoles(client, placeholders, 'a restore in place');
  return leftOut;
}
