import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Directories of a test that are the further storages of its service. */
export class DirectoryStorages {
  private constructor(
    private readonly directory: string,
    private readonly names: readonly string[],
  ) {}

  /** @param names of the storages, in the order in which the service knows them */
  static async make(...names: string[]): Promise<DirectoryStorages> {
    const storages = new DirectoryStorages(await mkdtemp(join(tmpdir(), 'berkut-storages-')), names);
    for (const name of names) await mkdir(storages.place(name), { mode: 0o700 });
    return storages;
  }

  place(name: string): string {
    return join(this.directory, name);
  }

  /**
   * What a service is started with that has these storages.
   *
   * @param keeps the retention of those that have one of their own, by name
   */
  async environment(keeps: Readonly<Record<string, object>> = {}): Promise<Record<string, string>> {
    const file = this.place('storages.json');
    const storages = this.names.map((name) => ({ name, url: this.place(name), keep: keeps[name] }));
    await writeFile(file, JSON.stringify(storages));
    return { BERKUT_BACKUP_STORAGES_FILE: file };
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

const elsewhere = (path: string): string => `${path}-elsewhere`;

/** A storage that is a directory is away from now on: a file stands in its place. */
export async function takeAway(path: string): Promise<void> {
  await rename(path, elsewhere(path));
  await writeFile(path, '');
}

/** It is there with all that it had. Nothing is done when it is not away. */
export async function bringBack(path: string): Promise<void> {
  if ((await stat(path)).isDirectory()) return;
  await rm(path);
  await rename(elsewhere(path), path);
}
