import type { BackupReader } from '../../engine/container/read/backup-reader';
import type { RunRecorder } from '../record/run-recorder';

/** Reports the bytes of a backup's rows as they are loaded. */
export function loadProgress(recorder: RunRecorder, reader: BackupReader): (bytes: number) => void {
  const bytesTotal = reader.index.streams
    .filter(({ kind }) => kind === 'data' || kind === 'rows')
    .reduce((sum, { plain_size: size }) => sum + size, 0);
  let bytesDone = 0;
  return (bytes) => {
    bytesDone += bytes;
    recorder.report({ phase: 'data', bytesDone, bytesTotal });
  };
}
