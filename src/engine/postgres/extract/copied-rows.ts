import type { BackupIndex, BackupReader } from '../../container/read/backup-reader';
import { partsByStream } from '../rows/load-stream';
import { StreamCutter } from '../rows/stream-cutter';
import { isAmong } from '../server/relation-name';
import { countedRows, type RowPiece } from './row-piece';

/** A table as far as its rows are concerned. */
export type TableRows = Pick<BackupIndex['tables'][number], 'schema' | 'name' | 'columns' | 'parts'>;

/**
 * The rows of some tables of a backup whose rows were copied. Only streams with rows of these tables are read, and each of them
 * once: what the tables have in one stream comes in the order of that stream. Each table has one piece at least.
 *
 * @throws ContainerError, even if only the number of rows is not the one in the index
 */
export async function* copiedRows(
  reader: BackupReader,
  tables: readonly TableRows[],
): AsyncGenerator<RowPiece, void, undefined> {
  const { encoding } = reader.index.database;
  for (const table of tables) {
    if (filledParts(table).length === 0) yield { table, columns: table.columns ?? [], encoding, chunks: none() };
  }
  const isWanted = isAmong(tables);
  const byStream = partsByStream(reader.index);
  for (const stream of new Set(tables.flatMap(filledParts).map((part) => part.stream))) {
    const cutter = new StreamCutter(reader.readStream(stream));
    try {
      let position = 0;
      for (const { table, part } of byStream.get(stream) ?? []) {
        if (part.size === 0 || !isWanted(table)) continue;
        await cutter.skip(part.offset - position);
        position = part.offset + part.size;
        const chunks = countedRows(cutter.take(part.size), table, part.rows);
        yield { table, columns: table.columns ?? [], encoding, chunks };
      }
      await cutter.finish();
    } finally {
      await cutter.close();
    }
  }
}

/** Bytes of text that {@link copiedRows} gives. */
export function copiedBytes(tables: readonly TableRows[]): number {
  return tables.flatMap(filledParts).reduce((sum, { size }) => sum + size, 0);
}

function filledParts({ parts = [] }: TableRows) {
  return parts.filter(({ size }) => size > 0);
}

async function* none(): AsyncGenerator<Buffer, void, undefined> {
  // There are no rows.
}
