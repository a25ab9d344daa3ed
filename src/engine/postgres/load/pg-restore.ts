import { memoryFile } from '../../process/memory-file';
import { withLargeBuffers } from '../../process/large-buffers';
import { feedTool } from '../../process/run-tool';
import type { ToolCommand } from '../../process/tool-process';
import { ToolError } from '../../process/tool-error';
import { releaseBytes } from '../../bytes/release-bytes';
import type { DatabaseAddress } from '../../address/database-address';
import { type SessionSettings, toolEnvironment } from '../../address/write-address';
import { FailedEntries } from './failed-entries';
import type { ArchiveSource } from '../archive/archive-toc';
import type { PostgresTools } from '../server/tools';
import { withList } from '../archive/use-list';

/** Where archives are loaded, and how it is stopped. */
export interface LoadTarget {
  /** An empty database. */
  readonly address: DatabaseAddress;
  readonly tools: PostgresTools;
  /** `leave out`: objects belong to the connecting role and no rights are granted. */
  readonly ownership: 'keep' | 'leave out';
  /** Of the sessions that load. */
  readonly settings?: SessionSettings;
  readonly signal: AbortSignal;
}

/**
 * Loads one section of an archive as it arrives. Any error of any statement ends it.
 *
 * @param archive its chunks are the loader's, which frees their memory
 * @param useList a table of contents: only what is in it is loaded
 * @throws ToolError, the signal's reason, or whatever the archive's source throws
 */
export async function loadSection(
  target: LoadTarget,
  section: 'pre-data' | 'data' | 'post-data',
  archive: AsyncIterable<Uint8Array>,
  useList?: Buffer,
): Promise<void> {
  await withList(useList, [], async (descriptors, args) => {
    const command = { ...loadCommand(target, [EXIT_ON_ERROR, `--section=${section}`, ...args]), descriptors };
    await feedTool(await withLargeBuffers(command, 'stdin'), archive, releaseBytes);
  });
}

/**
 * Loads all of an archive without rows as it arrives. Any error of any statement ends it.
 *
 * @throws as {@link loadSection}
 */
export async function loadArchive(target: LoadTarget, archive: AsyncIterable<Uint8Array>): Promise<void> {
  await feedTool(await withLargeBuffers(loadCommand(target, [EXIT_ON_ERROR]), 'stdin'), archive);
}

/**
 * Loads all of an archive without rows, with several connections. They need an archive that can be seeked in, which is why it is
 * put into memory without a name; where that is not to be had, one connection does it. What fails does not keep the rest from
 * being loaded.
 *
 * @param archive may be asked for twice; its chunks are the loader's, which frees their memory
 * @param jobs connections at once
 * @returns what failed, how, and whether another way could help; `undefined` when nothing did
 * @throws ToolError when it is not single entries that fail, the signal's reason, or whatever the archive's source throws
 */
export async function loadWhatCanBe(
  target: LoadTarget,
  archive: ArchiveSource,
  jobs: number,
): Promise<{ ids: ReadonlySet<number>; error: ToolError; isHopeless: boolean } | undefined> {
  const failed = new FailedEntries();
  const onStderr = (text: string): void => failed.read(text);
  const file = jobs > 1 ? await memoryFile(archive()) : undefined;
  try {
    if (file === undefined)
      await feedTool({ ...loadCommand(target, ['--verbose']), onStderr }, archive(), releaseBytes);
    else {
      const command = loadCommand(target, ['--verbose', `--jobs=${jobs}`, '/dev/fd/3']);
      await feedTool({ ...command, descriptors: [file.fd], onStderr }, nothing());
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    // Its last words are much that is not wrong.
    const said = new ToolError(error.tool, error.exitCode, error.signalName, failed.errors || error.stderrTail);
    if (!failed.areAll) throw said;
    return { ids: failed.ids, error: said, isHopeless: failed.isHopeless };
  } finally {
    await file?.close();
  }
}

/**
 * Has `pg_restore` read an archive to its end, to nowhere.
 *
 * @param onTaken told of each chunk when the program has got it
 * @throws ToolError when it is not an archive of a version it knows, or the signal's reason
 */
export async function readThrough(
  tools: PostgresTools,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  onTaken?: (chunk: Uint8Array) => void,
): Promise<void> {
  const command = { command: tools.pgRestore, args: ['--exit-on-error', '--file=/dev/null'], signal };
  await feedTool(await withLargeBuffers(command, 'stdin'), archive, onTaken);
}

const EXIT_ON_ERROR = '--exit-on-error';

function loadCommand(
  { address, tools, ownership, settings, signal }: LoadTarget,
  args: readonly string[],
): ToolCommand {
  return {
    command: tools.pgRestore,
    args: [
      '--format=custom',
      '--no-password',
      // A bare name, never a connection string, which could carry settings.
      `--dbname=dbname='${address.database.replace(/['\\]/g, String.raw`\$&`)}'`,
      ...(ownership === 'keep' ? [] : ['--no-owner', '--no-privileges']),
      ...args,
    ],
    env: toolEnvironment(address, settings),
    signal,
  };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
  // Its stdin is closed at once.
}
