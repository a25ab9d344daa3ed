import type { BackupReader } from './backup-reader';
import { counted } from './counted';
import type { StreamEntry } from './container/manifest';
import { V1_STREAM } from './container/v1/v1-reader';
import { DataLoad } from './load-data';
import { BuildProgress } from './postgres/build-progress';
import type { ArchiveSource } from './postgres/archive-toc';
import { readIndexBuilds } from './postgres/index-builds';
import { readLoadSettings } from './postgres/load-settings';
import { findLeftOut, type LeftOut } from './postgres/left-out';
import { loadArchive, loadPostData, loadSection, type LoadTarget } from './postgres/pg-restore';
import { schemaArchive } from './postgres/schema-archive';
import { entryNumbers, numbersIn, useListOf } from './postgres/use-list';

/** Progress of loading: in bytes of the archives, and after that of the tables that are read to build indexes and keys. */
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
  /** From which size on, bytes, the indexes of a table are begun as soon as its rows are in. */
  readonly largeTableBytes?: number;
  /** The database whose settings hold while rows are loaded; by default the one that is loaded into. */
  readonly settingsOf?: string;
  /** Roles of the backup that the server does not have and that are not made for the load. */
  readonly missingRoles?: readonly string[];
}

/**
 * Loads a backup into an empty database: what must exist before the data, then all data streams side by side, with
 * indexes of large tables begun as soon as their rows are in, then the other indexes, constraints and triggers. Triggers
 * come last, so none fires on loading.
 *
 * @returns what could not be made there
 * @throws ToolError when any statement fails, ContainerError when the container turns out to be damaged, or the signal's reason
 */
export async function loadBackup(order: LoadOrder): Promise<LeftOut> {
  const leftOut = await findLeftOut({ ...order, missingRoles: order.missingRoles ?? [] });
  await load(await withSettings(order), leftOut);
  return leftOut;
}

/** The same order; its sessions have what they need. */
async function withSettings(order: LoadOrder): Promise<LoadOrder> {
  return { ...order, settings: { ...order.settings, ...(await readLoadSettings(order.address, order.settingsOf)) } };
}

async function load(order: LoadOrder, leftOut: LeftOut): Promise<void> {
  const { reader, signal, onProgress } = order;
  if (reader.index.format === 1) {
    await loadVersion1(order, leftOut.useList);
    return;
  }
  const streams = dataStreams(reader);
  const bytesTotal = streams.reduce((sum, { plain_size: size }) => sum + size, 0);
  onProgress({ phase: 'pre-data', bytesDone: 0, bytesTotal });
  const schema = schemaArchive(reader, signal);
  const builds = await readIndexBuilds(schema);
  await loadSection(order, 'pre-data', schema(), leftOut.useList);

  let bytesDone = 0;
  const count = (bytes: number): void => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal });
  };
  const progress = new BuildProgress(builds, reader.index.tables);
  let builtBytes = 0;
  const tellBuilt = (): void =>
    onProgress({ phase: 'post-data', bytesDone: builtBytes, bytesTotal: progress.bytesTotal });
  await progress.during(
    order.address,
    (bytes) => {
      builtBytes = bytes;
      // Indexes are begun before; as long as rows are loaded, these are what is told of.
      if (bytesDone >= bytesTotal) tellBuilt();
    },
    async () => {
      // Now that its schemas are there, the search path is known for certain.
      const rowOrder = await withSettings(order);
      const built = await new DataLoad(rowOrder, streams, builds, count).run();
      tellBuilt();
      await loadPostData(order, schema, order.jobs, await withoutBuilt(schema, leftOut.useList, built));
    },
    signal,
  );
}

/** What is left of the table of contents, or of a choice of it; `undefined` for all. */
async function withoutBuilt(
  schema: ArchiveSource,
  useList: Buffer | undefined,
  built: ReadonlySet<number>,
): Promise<Buffer | undefined> {
  if (built.size === 0) return useList;
  const ids = useList === undefined ? await entryNumbers(schema()) : numbersIn(useList);
  return useListOf(ids.filter((id) => !built.has(id)));
}

/** A version 1 backup is one archive, which one connection loads from front to back. */
async function loadVersion1(order: LoadOrder, useList: Buffer | undefined): Promise<void> {
  const { reader, signal, onProgress } = order;
  const bytesTotal = streamNamed(reader, V1_STREAM).plain_size;
  let bytesDone = 0;
  const archive = counted(schemaArchive(reader, signal)(), (bytes) => {
    bytesDone += bytes;
    onProgress({ phase: 'data', bytesDone, bytesTotal });
  });
  await loadArchive(order, archive, useList);
}

function dataStreams(reader: BackupReader): StreamEntry[] {
  return reader.index.streams.filter(({ kind }) => kind === 'data');
}

function streamNamed(reader: BackupReader, name: string): StreamEntry {
  const stream = reader.index.streams.find((candidate) => candidate.name === name);
  if (stream === undefined) throw new Error(`the container has no stream ${name}`);
  return stream;
}
