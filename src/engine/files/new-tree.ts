import { constants } from 'node:fs';
import { type FileHandle, link, lchown, lutimes, mkdir, open, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../storage/sync-directory';
import { FilesError } from './tar/files-error';
import type { FilesReport } from './files-report';
import { giveAttributes, giveOwner, seconds } from './give-attributes';
import { LinkTree } from './link-tree';
import { inside, openTop } from '../disk/open-directory';
import { OpenChain } from './open-chain';
import { shownName } from '../disk/shown-name';
import type { Attributes, TarEntry } from './tar/tar-entry';

const NEW_FILE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
/** Until the directory says otherwise itself. */
const PRIVATE_MODE = 0o700;

/**
 * A directory that holds only what has been added to it. Everything is written through handles of directories, each opened inside of the
 * one before without following a link, so that nothing is ever written through a link. Links are made last, when all of them
 * are known and each is found to stay inside.
 *
 * Names are kept as Latin-1 text, which has a character for each byte.
 */
export class NewTree {
  /** What each name is; a directory that only occurs in names of others has no attributes. */
  readonly #kinds = new Map<string, 'directory' | 'file' | 'symlink'>();
  readonly #directories = new Map<string, Attributes | undefined>();
  readonly #links: TarEntry[] = [];
  readonly #chain: OpenChain;
  #top: Attributes | undefined;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly report: FilesReport,
  ) {
    this.#chain = new OpenChain(handle);
  }

  /** @param path an empty directory of ours */
  static async in(path: string, report: FilesReport): Promise<NewTree> {
    return new NewTree(path, await openTop(path, { followsLink: false }), report);
  }

  get isTopDescribed(): boolean {
    return this.#top !== undefined;
  }

  /** Says what the directory itself is to be like. */
  describeTop(attributes: Attributes): void {
    this.#top = attributes;
  }

  /** @throws FilesError `refused` */
  async add(entry: TarEntry, body: AsyncIterable<Buffer>): Promise<void> {
    const parts = partsOf(entry.name);
    // Some archives have an entry for the directory that they were made of.
    if (parts.length === 0) {
      if (entry.type !== 'directory') throw refused(entry.name, 'The archive holds a name that leaves the tree.');
      this.#top = entry;
      return;
    }
    const name = parts.join('/');
    const known = this.#kinds.get(name);
    if (known !== undefined && !(known === 'directory' && entry.type === 'directory')) {
      throw refused(entry.name, 'A name occurs twice in the archive.');
    }
    const parent = await this.#parentOf(parts);
    const path = inside(parent, Buffer.from(parts.at(-1) ?? '', 'latin1'));
    switch (entry.type) {
      case 'directory':
        await this.#addDirectory(parent, parts);
        this.#directories.set(name, entry);
        break;
      case 'file':
        this.#kinds.set(name, 'file');
        await this.#writeFile(path, entry, body);
        break;
      case 'link':
        await this.#addName(path, entry);
        this.#kinds.set(name, 'file');
        break;
      case 'symlink':
        this.#kinds.set(name, 'symlink');
        this.#links.push(entry);
        break;
    }
  }

  /**
   * Makes the links, and then gives the directories what their content would have changed, the innermost first.
   *
   * @throws FilesError `refused` for a link that leads out of the tree
   */
  async finish(): Promise<void> {
    await this.#makeLinks();
    for (const [name, attributes] of [...this.#directories].reverse()) {
      const handle = await this.#chain.open(name.split('/'));
      if (attributes !== undefined) await giveAttributes(handle, attributes, Buffer.from(name, 'latin1'), this.report);
      await handle.sync();
    }
    if (this.#top !== undefined) await giveAttributes(this.handle, this.#top, Buffer.from('.'), this.report);
    await this.handle.sync();
    await syncDirectory(dirname(this.path));
  }

  async close(): Promise<void> {
    await this.#chain.close();
    await this.handle.close();
  }

  async #parentOf(parts: readonly string[]): Promise<FileHandle> {
    let handle = this.handle;
    for (let i = 1; i < parts.length; i += 1) {
      const above = parts.slice(0, i);
      const kind = this.#kinds.get(above.join('/'));
      if (kind === 'file' || kind === 'symlink') {
        throw refused(Buffer.from(parts.join('/'), 'latin1'), 'The archive holds an entry below a link or a file.');
      }
      if (kind === undefined) {
        await this.#addDirectory(handle, above);
        this.#directories.set(above.join('/'), undefined);
      }
      handle = await this.#chain.open(above);
    }
    return handle;
  }

  async #addDirectory(parent: FileHandle, parts: readonly string[]): Promise<void> {
    const name = parts.join('/');
    if (this.#kinds.has(name)) return;
    this.#kinds.set(name, 'directory');
    await mkdir(inside(parent, Buffer.from(parts.at(-1) ?? '', 'latin1')), { mode: PRIVATE_MODE });
  }

  async #writeFile(path: Buffer, entry: TarEntry, body: AsyncIterable<Buffer>): Promise<void> {
    const handle = await open(path, NEW_FILE, 0o600);
    try {
      for await (const chunk of body) {
        for (let done = 0; done < chunk.length;) done += (await handle.write(chunk, done)).bytesWritten;
      }
      await giveAttributes(handle, entry, entry.name, this.report);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** Another name of a file that has been unpacked before. */
  async #addName(path: Buffer, { name, target = Buffer.alloc(0) }: TarEntry): Promise<void> {
    const parts = partsOf(target);
    if (this.#kinds.get(parts.join('/')) !== 'file') {
      throw refused(name, 'The archive holds a second name of a file that it does not hold.');
    }
    const chain = new OpenChain(this.handle);
    try {
      const parent = await chain.open(parts.slice(0, -1));
      await link(inside(parent, Buffer.from(parts.at(-1) ?? '', 'latin1')), path);
    } finally {
      await chain.close();
    }
  }

  async #makeLinks(): Promise<void> {
    const tree = new LinkTree();
    for (const { name, target } of this.#links) tree.add(textOf(name), target?.toString('latin1') ?? '');
    for (const { name } of this.#links) {
      if (tree.leaves(textOf(name))) throw refused(name, 'The archive holds a link that leaves the tree.');
    }
    for (const { name, target = Buffer.alloc(0), ...attributes } of this.#links) {
      const parts = partsOf(name);
      const parent = await this.#chain.open(parts.slice(0, -1));
      const path = inside(parent, Buffer.from(parts.at(-1) ?? '', 'latin1'));
      await symlink(target, path);
      await giveOwner(
        attributes,
        { uid: process.geteuid?.() ?? attributes.uid, gid: process.getegid?.() ?? attributes.gid },
        (uid, gid) => lchown(path, uid, gid),
        () => this.report.add('owners and groups, which only root can give', name),
      );
      await lutimes(path, seconds(attributes.mtimeNs), seconds(attributes.mtimeNs));
    }
  }
}

function textOf(name: Buffer): string {
  return partsOf(name).join('/');
}

/** @throws FilesError `refused` for a name that is absolute or climbs */
function partsOf(name: Buffer): string[] {
  const text = name.toString('latin1');
  const parts = text.split('/').filter((part) => part !== '.');
  const isHarmless =
    !text.startsWith('/') && !text.includes('\0') && parts.every((part) => part !== '' && part !== '..');
  if (!isHarmless) throw refused(name, 'The archive holds a name that leaves the tree.');
  return parts;
}

function refused(entry: Buffer, message: string): FilesError {
  return new FilesError('refused', message, shownName(entry));
}
