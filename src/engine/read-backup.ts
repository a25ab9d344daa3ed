import type { BackupReader } from './backup-reader';
import { counted } from './counted';
import type { StreamEntry } from './container/manifest';
import { V1_STREAM } from './container/v1/v1-reader';
import type { ArchiveEntry } from './postgres/archive-list';
import { entriesWithoutRoles } from './postgres/entries-for-roles';
import { schemaArchive } from './postgres/schema-archive';
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
export interface LoadOrder extends Omit<LoadTarget, 'entries'> {
  /** A container that has been verified. */
  readonly reader: BackupReader;
  /** Roles that the backup mentions and the server does not have; without owners, what is for them is left out. */
  readonly missingRoles?: readonly string[];
  /** Connections at once, whatever the number of streams. */
  readonly jobs: number;
  readonly onProgress: (progress: LoadProgress) => void;
}

/**
 * Loads a backup into an empty database: what must exist before the data, then all data streams side by side, then
 * indexes, constraints and triggers. Triggers come last, so none fires on loading.
 *
 * @returns what had to be left out for want of roles, in words
 * @throws ToolError when any statement fails, ContainerError when the container turns out to be damaged, or the signal's reason
 */
export async function loadBackup(order: LoadOrder): Promise<readonly string[]> {
  const { entries, leftOut } = await loadable(order);
  const target = { ...order, entries };
  if (order.reader.index.format === 1) await loadVersion1(target);
  else await loadStreams(target);
  return leftOut;
}

/** Which entries of a backup can be loaded where it is to be loaded. */
export async function loadable(
  order: Pick<LoadOrder, 'reader' | 'tools' | 'ownership' | 'missingRoles' | 'signal'>,
): Promise<{ entries: readonly ArchiveEntry[] | undefined; leftOut: readonly string[] }> {
  const { reader, tools, ownership, missingRoles = [], signal } = order;
  if (ownership === 'keep' || missingRoles.length === 0) return { entries: undefined, leftOut: [] };
  return entriesWithoutRoles(tools, schemaArchive(reader, signal), missingRoles, signal);
}

async function loadStreams(order: LoadOrder & LoadTarget): Promise<void> {
  const { reader, signal, onProgress } = order;
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
        // The list is of the schema's archive.
        { ...order, entries: undefined, signal: tasks.signal },
        'data',
        counted(reader.readStream(name, { signal: tasks.signal }), count),
      ),
    );
  }
  await tasks.finished();

  onProgress({ phase: 'post-data', bytesDone, bytesTotal });
  await loadPostData(order, () => reader.readStream('schema', { signal }), order.jobs);
}

/** A version 1 backup is one archive, which one connection loads from front to back. */
async function loadVersion1(order: LoadOrder & LoadTarget): Promise<void> {
  const { reader, signal, onProgress } = order;
  const bytesTotal = streamNamed(reader, V1_STREAM).plain_size;
  let bytesDone = 0;
  const archive = counted(reader.readStream(V1_STREAM, { signal }), (bytes) => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal });
  });
  await loadArchive(order, archive);
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
  signal: AbortSignal;
}): Promise<void> {
  const { reader, tools, signal } = order;
  const onTaken = reader.index.format === 1 ? undefined : releaseBytes;
  for (const { name, kind } of reader.index.streams) {
    if (kind !== 'files') await readThrough(tools, reader.readStream(name, { signal }), signal, onTaken);
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
