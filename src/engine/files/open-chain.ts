import type { FileHandle } from 'node:fs/promises';
import { openInside } from '../disk/open-directory';

/**
 * The way from a directory down to another one below it, each directory of it open. The next way asked for keeps what it shares with
 * the one before.
 */
export class OpenChain {
  readonly #links: { name: string; handle: FileHandle }[] = [];

  /** @param top stays the caller's to close */
  constructor(private readonly top: FileHandle) {}

  /**
   * @param parts names as Latin-1 text, none for the top itself
   * @returns a handle that is open until the next call
   */
  async open(parts: readonly string[]): Promise<FileHandle> {
    let shared = 0;
    while (shared < parts.length && this.#links[shared]?.name === parts[shared]) shared += 1;
    await this.#closeFrom(shared);
    for (const name of parts.slice(shared)) {
      const handle = await openInside(this.#links.at(-1)?.handle ?? this.top, Buffer.from(name, 'latin1'));
      this.#links.push({ name, handle });
    }
    return this.#links.at(-1)?.handle ?? this.top;
  }

  async close(): Promise<void> {
    await this.#closeFrom(0);
  }

  async #closeFrom(depth: number): Promise<void> {
    for (const { handle } of this.#links.splice(depth).reverse()) await handle.close();
  }
}
