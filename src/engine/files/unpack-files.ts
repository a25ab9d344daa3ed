import { lstat, mkdir } from 'node:fs/promises';
import { systemCode } from '../storage/file-fault';
import { FilesError } from './tar/files-error';
import { FilesReport } from './files-report';
import { NewTree } from './new-tree';
import { readTar } from './tar/read-tar';

interface UnpackOptions {
  readonly signal?: AbortSignal;
  /** Whose owner and permissions the new directory gets when the archive does not say its own: files of earlier versions. */
  readonly like?: string;
  /** Gets what could not be given back. */
  readonly report?: FilesReport;
}

/**
 * Unpacks a tar into a new directory and makes all of it durable. Nothing but what the entries name is written, and
 * nothing outside of the directory: names that are absolute or climb, links that lead out, also through other links, entries below
 * a link, second entries of a name and devices are refused.
 *
 * Permissions and times come back; owners do where the process may give files away, and set-user-id and set-group-id bits only
 * together with their owner.
 *
 * @param directory must not exist; its parent must
 * @throws FilesError `refused`, `exists`, `unavailable`; whatever the archive's source throws; or the signal's reason
 */
export async function unpackFiles(
  archive: AsyncIterable<Uint8Array>,
  directory: string,
  { signal, like, report = new FilesReport() }: UnpackOptions = {},
): Promise<void> {
  await makeDirectory(directory);
  const tree = await NewTree.in(directory, report);
  try {
    for await (const item of readTar(stoppable(archive, signal))) {
      if (item.kind === 'top') tree.describeTop(item.attributes);
      else await tree.add(item.entry, item.body);
    }
    if (like !== undefined) await describeLike(tree, like);
    await tree.finish();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await tree.close();
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (cause) {
    const isTaken = systemCode(cause) === 'EEXIST';
    throw new FilesError(isTaken ? 'exists' : 'unavailable', 'The files cannot be unpacked.', undefined, { cause });
  }
}

async function describeLike(tree: NewTree, path: string): Promise<void> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  if (stats?.isDirectory() !== true || tree.isTopDescribed) return;
  const { mode, uid, gid, mtimeNs } = stats;
  tree.describeTop({ mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), mtimeNs });
}

async function* stoppable(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
