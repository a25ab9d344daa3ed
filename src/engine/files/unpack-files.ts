import { constants } from 'node:fs';
import { mkdir, open, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract } from 'tar-stream';
import { syncDirectory } from '../storage/sync-directory';
import { FilesError } from './files-error';
import { staysInside } from './link-target';

/**
 * Unpacks a tar into a new directory and makes all of it durable. Nothing but what the entries name is written, and
 * nothing outside of the directory: names that are absolute or climb, links that leave, entries below a link, second
 * entries of a name and devices are refused.
 *
 * @param directory must not exist; its parent must
 * @throws FilesError `refused`, `exists`, `unavailable`; whatever the archive's source throws; or the signal's reason
 */
export async function unpackFiles(
  archive: AsyncIterable<Uint8Array>,
  directory: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (cause) {
    throw new FilesError(
      codeOf(cause) === 'EEXIST' ? 'exists' : 'unavailable',
      'The files cannot be unpacked.',
      undefined,
      { cause },
    );
  }
  const tree = new NewTree(directory);
  const entries = extract();
  const reading = (async () => {
    for await (const entry of entries) {
      signal?.throwIfAborted();
      await tree.add(entry);
    }
  })();
  reading.catch((error: unknown) => entries.destroy(error instanceof Error ? error : undefined));
  const [fed, read] = await Promise.allSettled([pipeline(archive, entries), reading]);
  signal?.throwIfAborted();
  // Why an entry was refused says more than that the pipe broke then, and why the pipe broke more than that the entry ended.
  if (read.status === 'rejected' && read.reason instanceof FilesError) throw read.reason;
  if (fed.status === 'rejected') throw fed.reason;
  if (read.status === 'rejected') throw read.reason;
  await tree.sync();
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** A directory that holds only what has been added to it. */
class NewTree {
  private readonly directories = new Set<string>(['']);
  private readonly others = new Set<string>();
  /** Set at the end, because adding entries changes them. */
  private readonly times: { path: string; mtime: Date }[] = [];

  constructor(private readonly root: string) {}

  async add(entry: Entry): Promise<void> {
    const { header } = entry;
    const name = checkedName(header.name);
    const path = join(this.root, name);
    if (this.others.has(name) || (this.directories.has(name) && header.type !== 'directory')) {
      throw refused(name, 'A name occurs twice in the archive.');
    }
    await this.addParents(name);
    switch (header.type) {
      case 'directory':
        await this.addDirectory(name, mode(header.mode, 0o700));
        break;
      case 'file':
      case 'contiguous-file':
        this.others.add(name);
        await writeFile(entry, path, mode(header.mode, 0o600));
        break;
      case 'symlink':
        this.others.add(name);
        await addLink(name, path, header.linkname);
        break;
      case 'link':
      case 'fifo':
      case 'character-device':
      case 'block-device':
        throw refused(name, 'The archive holds an entry that is no file, directory or link.');
    }
    if (header.type !== 'symlink') this.times.push({ path, mtime: header.mtime });
    entry.resume();
  }

  async sync(): Promise<void> {
    for (const { path, mtime } of this.times.reverse()) await utimes(path, mtime, mtime);
    for (const name of this.directories) await syncDirectory(join(this.root, name));
    await syncDirectory(dirname(this.root));
  }

  private async addParents(name: string): Promise<void> {
    const parts = name.split('/').slice(0, -1);
    for (let i = 1; i <= parts.length; i += 1) {
      const parent = parts.slice(0, i).join('/');
      if (this.others.has(parent)) throw refused(name, 'The archive holds an entry below a link or a file.');
      await this.addDirectory(parent, 0o700);
    }
  }

  private async addDirectory(name: string, permissions: number): Promise<void> {
    if (this.directories.has(name)) return;
    this.directories.add(name);
    await mkdir(join(this.root, name), { mode: permissions });
  }
}

async function writeFile(entry: Entry, path: string, permissions: number): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const handle = await open(path, flags, permissions);
  try {
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      for (let done = 0; done < chunk.length;) done += (await handle.write(chunk, done)).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function addLink(name: string, path: string, target: string): Promise<void> {
  if (!staysInside(name, target)) throw refused(name, 'The archive holds a link that leaves the tree.');
  await symlink(target, path);
}

function checkedName(text: string): string {
  const parts = text
    .replace(/\/+$/, '')
    .split('/')
    .filter((part) => part !== '.');
  const isHarmless =
    !text.startsWith('/') && !text.includes('\0') && parts.every((part) => part !== '' && part !== '..');
  if (!isHarmless || parts.length === 0) throw refused(text, 'The archive holds a name that leaves the tree.');
  return parts.join('/');
}

/** Never a set-user-id or sticky bit; the owner can always get at what was unpacked. */
function mode(given: number, minimum: number): number {
  return (given & 0o777) | minimum;
}

function refused(entry: string, message: string): FilesError {
  return new FilesError('refused', message, entry);
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
