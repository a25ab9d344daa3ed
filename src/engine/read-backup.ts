import type { BackupReader } from './backup-reader';
import { counted } from './counted';
import type { StreamEntry } from './container/manifest';
import { V1_STREAM } from './container/v1/v1-reader';
import { findLeftOut, type LeftOut } from './postgres/left-out';
import { loadArchive, loadPostData, loadSection, readThrough, type LoadTarget } from './postgres/pg-restore';
import type { PostgresTools } from './postgres/tools';
import { TaskGroup } from './process/task-group';
import { releaseBytes } from './release-bytes';

/** Progress of loading, in bytes of the archives. */
interface LoadProgress {
  readonly phase: 'pre-data' | 'data' | 'post-data';
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** What is loaded, and where. */
export interface LoadOrder extends LoadTarget {
  /** A container that has been verified. */
  readonly reader: BackupReader;
  /** Connections at once, whatever the number of streams. */
  readonly jobs: number;
  readonly onProgress: (progress: LoadProgress) => void;
  /** Roles of the backup that the server does not have and that are not made for the load. */
  readonly missingRoles?: readonly string[];
}

/**
 * Loads a backup into an empty database: what must exist before the data, then all data streams side by side, then
 * indexes, constraints and triggers. Triggers come last, so none fires on loading.
 *
 * @returns what could not be made there
 * @throws ToolError when any statement fails, ContainerError when the container turns out to be damaged, or the signal's reason
 */
export async function loadBackup(order: LoadOrder): Promise<LeftOut> {
  const { reader, signal, onProgress } = order;
  const leftOut = await findLeftOut({ ...order, missingRoles: order.missingRoles ?? [] });
  if (reader.index.format === 1) {
    await loadVersion1(order, leftOut.useList);
    return leftOut;
  }
  const streams = dataStreams(reader);
  const bytesTotal = streams.reduce((sum, { plain_size: size }) => sum + size, 0);
  onProgress({ phase: 'pre-data', bytesDone: 0, bytesTotal });
  await loadSection(order, 'pre-data', reader.readStream('schema', { signal }));

  let bytesDone = 0;
  const count = (bytes: number): void => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal });
  };
  const tasks = new TaskGroup([signal], order.jobs);
  for (const { name } of streams) {
    void tasks.run(() =>
      loadSection(
        { ...order, signal: tasks.signal },
        'data',
        counted(reader.readStream(name, { signal: tasks.signal }), count),
      ),
    );
  }
  await tasks.finished();

  onProgress({ phase: 'post-data', bytesDone, bytesTotal });
  await loadPostData(order, () => reader.readStream('schema', { signal }), order.jobs, leftOut.useList);
  return leftOut;
}

/** A version 1 backup is one archive, which one connection loads from front to back. */
async function loadVersion1(order: LoadOrder, useList: Buffer | undefined): Promise<void> {
  const { reader, signal, onProgress } = order;
  const bytesTotal = streamNamed(reader, V1_STREAM).plain_size;
  let bytesDone = 0;
  const archive = counted(reader.readStream(V1_STREAM, { signal }), (bytes) => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal });
  });
  await loadArchive(order, archive, useList);
}

/**
 * Has `pg_restore` read every archive of a container to its end, without a database. That the bytes are authentic says
 * that they are what was written; this says that the tools of this machine understand them.
 *
 * @throws ToolError, ContainerError, or the signal's reason
 */
export async function checkArchives(order: {
  reader: BackupReader;
  tools: PostgresTools;
  /** In bytes of the archives. */
  onProgress: (bytesDone: number, bytesTotal: number) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { reader, tools, onProgress, signal } = order;
  const onTaken = reader.index.format === 1 ? undefined : releaseBytes;
  const archives = reader.index.streams.filter(({ kind }) => kind !== 'files');
  const bytesTotal = archives.reduce((sum, { plain_size: size }) => sum + size, 0);
  let bytesDone = 0;
  const count = (bytes: number): void => {
    bytesDone += bytes;
    onProgress(bytesDone, bytesTotal);
  };
  for (const { name } of archives) {
    await readThrough(tools, counted(reader.readStream(name, { signal }), count), signal, onTaken);
  }
}

function dataStreams(reader: BackupReader): StreamEntry[] {
  return reader.index.streams.filter(({ kind }) => kind === 'data');
}

function streamNamed(reader: BackupReader, name: string): StreamEntry {
  const stream = reader.index.streams.find((candidate) => candidate.name === name);
  if (stream === undefined) throw new Error(`the container has no stream ${name}`);
  return stream;
}
