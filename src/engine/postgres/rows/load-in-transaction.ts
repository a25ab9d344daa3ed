import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { BackupReader } from '../../container/read/backup-reader';
import { counted } from '../../bytes/counted';
import type { RelationName } from '../server/relation-name';
import type { CountedRows } from './counted-rows';
import { type LoadPart, loadStream, partsByStream, ROW_SETTINGS } from './load-stream';
import { roleOf, takeRole } from './row-role';
import type { TablesUnderWay } from './tables-under-way';

/** Rows that are loaded in the client's transaction, which no second session can join. */
export interface TransactionLoad {
  readonly client: pg.Client;
  readonly reader: BackupReader;
  /** The relation that the rows of a table are copied into; `undefined`: they are not wanted now. May throw. */
  readonly into: (table: LoadPart['table']) => RelationName | undefined;
  /** The role under which rows are loaded into a relation; `undefined`: the present one. */
  readonly ownerOf: (into: RelationName) => string | undefined;
  /** Told of the bytes that are read of the streams. */
  readonly onBytes: (bytes: number) => void;
  /** Counts what is loaded of each table. */
  readonly tables?: TablesUnderWay | undefined;
  /** Gets the rows of each part when they are in the table. */
  readonly counted?: CountedRows | undefined;
  readonly signal: AbortSignal;
}

/**
 * Loads rows from the streams of a backup, one after the other, under the owners of the tables. A stream without rows that are wanted
 * is not read.
 *
 * @throws RestoreError `integrity_violation` when the server counts other rows than the index; the driver's error, ContainerError,
 *   what `into` throws, or the signal's reason
 */
export async function loadInTransaction(load: TransactionLoad): Promise<void> {
  const { client, reader, into, ownerOf, onBytes, tables, counted: ledger, signal } = load;
  await client.query(ROW_SETTINGS);
  const own = await roleOf(client);
  const sink = {
    run: (statement: string) => client.query(statement),
    takeRoleFor: (relation: RelationName) => takeRole(client, ownerOf(relation), own),
    copyIn: async (statement: string, chunks: AsyncIterable<Buffer>) => {
      const copy = client.query(copyFrom(statement));
      await pipeline(chunks, copy);
      return copy.rowCount;
    },
  };
  for (const [stream, parts] of partsByStream(reader.index)) {
    // Asked for all of them first, because it may refuse some.
    if (!parts.map(({ table }) => into(table)).some((table) => table !== undefined)) continue;
    await loadStream({
      ...{
        sink,
        parts,
        into,
        tables,
        counted: ledger,
        signal,
        mayFreeze: false,
        encoding: reader.index.database.encoding,
      },
      chunks: counted(reader.readStream(stream, { signal }), onBytes),
    });
  }
  await takeRole(client, undefined, own);
}
