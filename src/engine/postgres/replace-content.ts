import type pg from 'pg';
import type { BackupReader } from '../backup-reader';
import { counted } from '../counted';
import { clearDatabase } from './clear-database';
import { createRoles, dropRoles, releaseRoles } from './placeholder-roles';
import { findLeftOut, type LeftOut } from './left-out';
import { replay } from './replay';
import { schemaArchive } from './schema-archive';
import { qualified } from './snapshot';
import { dropSubscriptions, isCopying } from './subscriptions';
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
  const schema = schemaArchive(reader, signal);
  const leftOut = await findLeftOut({ ...order, missingRoles: ownership === 'keep' ? [] : missingRoles });
  if (await isCopying(client)) await dropSubscriptions(client);
  await clearDatabase(client);
  const placeholders = ownership === 'keep' ? await createRoles(client, missingRoles, 'a restore in place') : [];
  const { useList } = leftOut;
  await replay({ client, tools, archive: schema(), section: 'pre-data', args, useList, signal });
  for (const { name, kind } of reader.index.streams) {
    if (kind !== 'data') continue;
    const archive = counted(reader.readStream(name, { signal }), onBytes);
    await replay({ client, tools, archive, section: 'data', args, signal });
  }
  order.onPostData();
  await dropSubscriptions(client);
  await replay({ client, tools, archive: schema(), section: 'post-data', args, useList, signal });
  await releaseRoles(client, placeholders);
  await dropRoles(client, placeholders, 'a restore in place');
  return leftOut;
}
