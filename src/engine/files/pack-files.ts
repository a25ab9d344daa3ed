import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readlink, lstat } from 'node:fs/promises';
import { systemCode } from '../storage/file-fault';
import { FilesError } from './tar/files-error';
import { FilesReport } from './files-report';
import { LinkTree } from './link-tree';
import { inside, itself, openInside, openTop } from '../disk/open-directory';
import { shownName } from '../disk/shown-name';
import type { Attributes } from './tar/tar-entry';
import { endOfArchive, entryHeader, padding, topDirectoryHeader } from './tar/write-tar';

const CHUNK_BYTES = 256 * 1024;
/** What the system answers when a name is not there any more, or is not what it was. */
const SOMETHING_ELSE: ReadonlySet<unknown> = new Set(['ENOENT', 'ELOOP', 'ENOTDIR', 'EINVAL', 'ENXIO']);

interface StatsOfEntry {
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly mtimeNs: bigint;
}

/** A link found on the walk; whether it stays inside is known when all of them are. */
interface FoundLink extends Attributes {
  readonly name: Buffer;
  readonly target: Buffer;
}

/**
 * The files below a directory as a POSIX tar (pax), sorted by the bytes of their names, links last: regular files with all their
 * names, directories, and links that stay inside of the tree, with owners, permissions and times. No link is followed, even if
 * the application replaces a directory by one meanwhile.
 *
 * @param report gets what is left out
 * @throws FilesError `changed` when a file shrinks while it is read, `unavailable`; or the signal's reason
 */
export async function* packFiles(
  directory: string,
  { signal, report = new FilesReport() }: { signal?: AbortSignal; report?: FilesReport } = {},
): AsyncGenerator<Buffer, void, undefined> {
  const top = await orUnavailable(Buffer.alloc(0), () => openTop(directory, { followsLink: true }));
  try {
    yield topDirectoryHeader(attributesOf(await top.stat({ bigint: true })));
    const packing = new Packing(report, signal);
    yield* packing.directory(top, Buffer.alloc(0));
    yield* packing.links();
    yield endOfArchive();
  } finally {
    await top.close();
  }
}

class Packing {
  readonly #links: FoundLink[] = [];
  /** First name of each file that has several, by device and number. */
  readonly #firstNames = new Map<string, Buffer>();

  constructor(
    private readonly report: FilesReport,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @param prefix the directory's own name with a slash, or nothing */
  async *directory(handle: FileHandle, prefix: Buffer): AsyncGenerator<Buffer, void, undefined> {
    const names = await orUnavailable(prefix, () => readdir(itself(handle), { encoding: 'buffer' }));
    for (const last of names.sort((a, b) => a.compare(b))) {
      this.signal?.throwIfAborted();
      const name = Buffer.concat([prefix, last]);
      const path = inside(handle, last);
      const stats = await orMissing(name, () => lstat(path, { bigint: true }));
      // What vanished between the listing and now was never there, as far as this backup goes.
      if (stats === undefined) continue;
      if (stats.isDirectory()) yield* this.#subdirectory(handle, last, name);
      else if (stats.isFile()) yield* this.#file(path, name);
      else if (stats.isSymbolicLink()) {
        const target = await orMissing(name, () => readlink(path, { encoding: 'buffer' }));
        if (target !== undefined) this.#links.push({ ...attributesOf(stats), name, target });
      } else this.report.add('sockets, pipes and devices', name);
    }
  }

  /** The links, after everything that they may lead through. */
  *links(): Generator<Buffer, void, undefined> {
    const tree = new LinkTree();
    for (const { name, target } of this.#links) tree.add(name.toString('latin1'), target.toString('latin1'));
    for (const link of this.#links) {
      if (tree.leaves(link.name.toString('latin1'))) this.report.add('links that lead out of the directory', link.name);
      else yield entryHeader({ ...link, type: 'symlink', sizeBytes: 0 });
    }
  }

  async *#subdirectory(parent: FileHandle, last: Buffer, name: Buffer): AsyncGenerator<Buffer, void, undefined> {
    const handle = await orMissing(name, () => openInside(parent, last));
    if (handle === undefined) return;
    try {
      const attributes = attributesOf(await handle.stat({ bigint: true }));
      yield entryHeader({ ...attributes, type: 'directory', name, sizeBytes: 0 });
      yield* this.directory(handle, Buffer.concat([name, Buffer.from('/')]));
    } finally {
      await handle.close();
    }
  }

  async *#file(path: Buffer, name: Buffer): AsyncGenerator<Buffer, void, undefined> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await orMissing(name, () => open(path, flags));
    if (handle === undefined) return;
    try {
      const stats = await handle.stat({ bigint: true });
      // It was replaced since it was looked at.
      if (!stats.isFile()) return;
      const attributes = attributesOf(stats);
      const identity = `${stats.dev}-${stats.ino}`;
      const first = this.#firstNames.get(identity);
      if (first !== undefined) {
        yield entryHeader({ ...attributes, type: 'link', name, target: first, sizeBytes: 0 });
        return;
      }
      if (stats.nlink > 1n) this.#firstNames.set(identity, name);
      const sizeBytes = Number(stats.size);
      yield entryHeader({ ...attributes, type: 'file', name, sizeBytes });
      yield* this.#content(handle, sizeBytes, name);
      yield padding(sizeBytes);
    } finally {
      await handle.close();
    }
  }

  /** A file that grows is taken as far as it was long when it was opened; one that shrinks has no such beginning. */
  async *#content(handle: FileHandle, sizeBytes: number, name: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (let position = 0; position < sizeBytes;) {
      this.signal?.throwIfAborted();
      const length = Math.min(CHUNK_BYTES, sizeBytes - position);
      const { bytesRead, buffer } = await orUnavailable(name, () =>
        handle.read(Buffer.allocUnsafe(length), 0, length, position),
      );
      if (bytesRead === 0) {
        throw new FilesError('changed', 'An application file shrank while it was read.', shownName(name));
      }
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  }
}

function attributesOf({ mode, uid, gid, mtimeNs }: StatsOfEntry): Attributes {
  return { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), mtimeNs };
}

async function orUnavailable<T>(name: Buffer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FilesError('unavailable', 'An application file cannot be read.', shownName(name), { cause });
  }
}

/** @returns `undefined` when it is not there, or is something else by now */
async function orMissing<T>(name: Buffer, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (cause) {
    if (SOMETHING_ELSE.has(systemCode(cause))) return undefined;
    throw new FilesError('unavailable', 'An application file cannot be read.', shownName(name), { cause });
  }
}
