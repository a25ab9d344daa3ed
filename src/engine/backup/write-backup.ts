import type { Borrowed } from '../bytes/borrowed';
import type { Storage } from '../storage/storage';
import { hashingSink } from '../bytes/hashing-sink';
import { ContainerWriter, type StreamDescription } from '../container/write/container-writer';
import type { ContainerIndex } from '../container/format/manifest';
import type { OperatorKey } from '../container/keys/operator-key';
import { FilesReport } from '../files/files-report';
import { packFiles } from '../files/pack-files';
import { manifestOf, type BackupDescription } from './backup-manifest';
import type { DatabaseAddress } from '../address/database-address';
import { cancellable } from '../postgres/server/connection';
import { DumpWarnings } from '../postgres/dump/dump-warnings';
import { readDumpSettings } from '../postgres/load/load-settings';
import { dumpLargeObjects, dumpSchema } from '../postgres/dump/pg-dump';
import { countEntities, type EntityKind } from '../postgres/dump/row-counts';
import { openSnapshot, type Snapshot } from '../postgres/dump/snapshot';
import { copyRows } from '../postgres/rows/copy-rows';
import type { TablesProgress } from '../postgres/rows/tables-under-way';
import { readSequenceValues } from '../postgres/rows/sequence-values';
import type { RelationName } from '../postgres/server/relation-name';
import type { PostgresTools } from '../postgres/server/tools';
import { countViews } from '../postgres/dump/view-counts';
import { TaskGroup } from '../process/task-group';

/** What tables take on the disk is about so many times what they take in a container. */
const USUAL_COMPRESSION = 3;

/** What a backup is made of and where it goes. */
export interface BackupOrder extends BackupDescription {
  readonly target: DatabaseAddress;
  readonly tools: PostgresTools;
  readonly storage: Pick<Storage, 'create'>;
  /** Name of the container in the storage. */
  readonly name: string;
  readonly key: OperatorKey;
  /** Connections that copy rows at once. */
  readonly jobs: number;
  /** All tables from twice this size on disk, bytes, are copied in parts of it; else only those that keep one connection busy alone. */
  readonly partBytes?: number;
  /** zstd, 1–19. */
  readonly compressionLevel: number;
  /** For a scoped backup, its tables. */
  readonly scopeTables?: readonly RelationName[] | undefined;
  /** Directory of application files to include. */
  readonly filesPath?: string | undefined;
  readonly schemaVersionQuery?: string | undefined;
  readonly entities: readonly EntityKind[];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BackupProgress) => void;
}

/** Progress in bytes before compression; the total is an estimate from the sizes on disk. */
interface BackupProgress {
  readonly phase: 'snapshot' | 'dump' | 'finish';
  readonly bytesDone: number;
  readonly bytesTotal?: number;
  /** While rows are copied. */
  readonly tables?: (() => TablesProgress) | undefined;
}

/** A published container. */
export interface WrittenBackup {
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, lower-case hex. */
  readonly sha256: string;
  /** UUID of the file. */
  readonly fileId: string;
  readonly index: ContainerIndex;
}

/**
 * Makes one backup: all streams and counts of one snapshot go into one container, which gets its name only after every
 * child process has ended well and every byte is on the disk. On anything else all of it is stopped and removed.
 *
 * @throws SharedSessionsError, MissingRightsError, UnreadableNamesError, ToolError, LockTimeoutError, StorageError, ContainerError, FilesError, the driver's error, or the signal's reason
 */
export async function writeBackup(order: BackupOrder): Promise<WrittenBackup> {
  order.onProgress({ phase: 'snapshot', bytesDone: 0 });
  const snapshot = await openSnapshot(order.target, order);
  try {
    const expectedPlainBytes = snapshot.rows.tables.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const expectedBytes = expectedPlainBytes / USUAL_COMPRESSION;
    const file = await order.storage.create(order.name, { expectedBytes, signal: order.signal });
    try {
      const sink = hashingSink(file);
      const writer = await ContainerWriter.start(sink, order.key, { expectedPlainBytes });
      const said = new DumpWarnings();
      const counted = await writeStreams(order, snapshot, writer, expectedPlainBytes, said);
      // While the file is made durable, no session waits for the snapshot's locks and the server keeps no old rows for it.
      await snapshot.close();
      order.onProgress({ phase: 'finish', bytesDone: 0 });
      const { index, sizeBytes, fileId } = await writer.finish(
        manifestOf(order, snapshot, { ...counted, said: said.lines() }),
      );
      order.signal.throwIfAborted();
      await file.publish();
      return { sizeBytes, sha256: sink.sha256(), fileId, index };
    } catch (error) {
      await file.discard();
      throw error;
    }
  } finally {
    await snapshot.close();
  }
}

/** Programs that dump at once. */
const DUMPS = 2;

/** Dumps, copies, packs and counts side by side; the first that fails stops the others, and all have ended when this returns. */
async function writeStreams(
  order: BackupOrder,
  snapshot: Snapshot,
  writer: ContainerWriter,
  bytesTotal: number,
  said: DumpWarnings,
) {
  const tasks = new TaskGroup([order.signal, snapshot.signal]);
  const { signal } = tasks;
  const settings = await readDumpSettings(snapshot.client);
  const source = { address: snapshot.address, tools: order.tools, snapshotId: snapshot.id, settings, signal };
  let bytesDone = 0;
  let tables: (() => TablesProgress) | undefined;
  const onProgress = (delta: { plainBytes: number }): void => {
    bytesDone += delta.plainBytes;
    order.onProgress({ phase: 'dump', bytesDone, bytesTotal, tables });
  };
  const compression = { algorithm: 'zstd', level: order.compressionLevel } as const;
  const write = (name: string, kind: StreamDescription['kind'], bytes: AsyncIterable<Borrowed | Uint8Array>) =>
    writer.writeStream({ name, kind, compression }, bytes, { signal, onProgress, areBlocks: kind === 'rows' });
  const dumps = new TaskGroup([signal], snapshot.sessionsAtOnce);
  void dumps.run(() => write('schema', 'schema', dumpSchema({ ...source, onStderr: said.listener() })));
  if (snapshot.hasLargeObjects) {
    void dumps.run(() => write('data/0', 'data', dumpLargeObjects({ ...source, onStderr: said.listener() })));
  }
  void tasks.run(() => dumps.finished());
  const copying = tasks.run(() =>
    copyRows({
      ...{ address: snapshot.address, snapshotId: snapshot.id, tables: snapshot.rows.tables },
      ...{ serverVersionNum: snapshot.facts.serverVersionNum, encoding: snapshot.facts.encoding },
      ...{ connections: order.jobs, partBytes: order.partBytes, signal },
      canLockAll: snapshot.sessionsAtOnce >= order.jobs + DUMPS,
      onTables: (underWay) => (tables = () => underWay.view()),
      write: (name, chunks) => write(name, 'rows', chunks),
    }),
  );
  const { filesPath } = order;
  const files = new FilesReport();
  if (filesPath !== undefined) {
    void tasks.run(() => write('files', 'files', packFiles(filesPath, { signal, report: files })));
  }
  const counting = tasks.run(() =>
    cancellable(
      snapshot.address,
      snapshot.companion,
      async (client) => {
        const sequences = await readSequenceValues(client, snapshot.id, snapshot.rows.sequences, signal);
        // A scoped backup has no views.
        const views = order.scopeTables === undefined ? await countViews(client, snapshot.id, signal) : [];
        return { sequences, views };
      },
      signal,
    ),
  );
  // Where the tables are locked: elsewhere a lock could wait behind another session that waits for this one.
  const entities = tasks.run(() =>
    cancellable(
      snapshot.address,
      snapshot.client,
      () => countEntities(snapshot.client, order.entities, order.scopeTables),
      signal,
    ),
  );
  await tasks.finished();
  return { ...(await counting), entities: await entities, tables: await copying, filesLeftOut: files.lines() };
}
