import type { BackupReader } from '../../engine/container/read/backup-reader';
import { tablesToLoad } from '../../engine/postgres/rows/load-stream';
import type { TablesUnderWay } from '../../engine/postgres/rows/tables-under-way';
import type { RunRecorder } from '../record/run-recorder';

/** Reports the bytes of a backup's rows as they are loaded, and how far each table is. */
export function loadProgress(
  recorder: RunRecorder,
  reader: BackupReader,
): { onBytes: (bytes: number) => void; tables: TablesUnderWay | undefined } {
  // A restore of scopes leaves out tables of the backup, and which ones is known only in the database.
  const tables = recorder.run.scope === null ? tablesToLoad(reader.index) : undefined;
  const told = tables && (() => tables.view());
  const bytesTotal = reader.index.streams
    .filter(({ kind }) => kind === 'data' || kind === 'rows')
    .reduce((sum, { plain_size: size }) => sum + size, 0);
  let bytesDone = 0;
  return {
    tables,
    onBytes: (bytes) => {
      bytesDone += bytes;
      recorder.report({ phase: 'data', bytesDone, bytesTotal, tables: told });
    },
  };
}
