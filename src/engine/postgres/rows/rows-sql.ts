import type { BackupReader } from '../../container/read/backup-reader';
import type { RelationName } from '../server/relation-name';
import { END_OF_ROWS, noEndMarks } from './no-end-marks';
import { copyInStatement, type LoadPart, partsByStream, ROW_SETTINGS } from './load-stream';
import { setvalStatements } from './set-sequences';
import { StreamCutter } from './stream-cutter';

/**
 * Rows of a backup as text for `psql`, in a session whose encoding is UTF-8: the bytes of the rows are those of their own encoding,
 * which each COPY names.
 *
 * @param into the relation that the rows of a table are copied into; `undefined`: they are not wanted now
 * @throws ContainerError
 */
export async function* rowsSql(
  reader: BackupReader,
  into: (table: LoadPart['table']) => RelationName | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const { index } = reader;
  yield Buffer.from(`SET client_encoding TO 'UTF8';\nSET search_path TO DEFAULT;\n${ROW_SETTINGS.trim()};\n`);
  for (const [stream, parts] of partsByStream(index)) {
    const wanted = parts.filter(({ table, part }) => part.size > 0 && into(table) !== undefined);
    if (wanted.length === 0) continue;
    const cutter = new StreamCutter(reader.readStream(stream));
    try {
      let position = 0;
      for (const { table, part } of wanted) {
        await cutter.skip(part.offset - position);
        position = part.offset + part.size;
        yield Buffer.from(`${copyInStatement(table, into(table) ?? table, index.database.encoding)};\n`);
        yield* noEndMarks(cutter.take(part.size));
        yield END_OF_ROWS;
      }
      await cutter.finish();
    } finally {
      await cutter.close();
    }
  }
}

/** Values of the sequences of a backup as text for `psql`. */
export function sequencesSql({ index: { sequences = [] } }: BackupReader): Buffer {
  return Buffer.from(
    setvalStatements(sequences)
      .map((sql) => `${sql};\n`)
      .join(''),
  );
}
