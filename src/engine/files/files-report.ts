import { shownName } from '../disk/shown-name';

/** Names that are said of each kind; the others are counted. */
const NAMED = 10;

/** What cannot be kept of files, and why; the words follow a number. */
export type LeftOutReason =
  | 'links that lead out of the directory'
  | 'sockets, pipes and devices'
  | 'owners and groups, which only root can give'
  | 'set-user-id and set-group-id bits of files whose owner is another one now';

/** Collects what of application files does not come along, to be said with the first names of each kind. */
export class FilesReport {
  readonly #found = new Map<LeftOutReason, { count: number; names: string[] }>();

  add(reason: LeftOutReason, name: Buffer): void {
    const kind = this.#found.get(reason) ?? { count: 0, names: [] };
    kind.count += 1;
    if (kind.names.length < NAMED) kind.names.push(shownName(name));
    this.#found.set(reason, kind);
  }

  /** A line for each kind, such as `application files: 2 sockets, pipes and devices ("a", "b/c")`. */
  lines(): string[] {
    return [...this.#found].map(([reason, { count, names }]) => {
      const more = count > names.length ? ', …' : '';
      return `${FILES_LINE}${count} ${reason} (${names.map((name) => `"${name}"`).join(', ')}${more})`;
    });
  }
}

/** What lines about application files begin with, in `not_included` too. */
const FILES_LINE = 'application files: ';

/** Those of a backup's `not_included` that are about its application files. */
export function aboutFiles(notIncluded: readonly string[]): string[] {
  return notIncluded.filter((line) => line.startsWith(FILES_LINE));
}

/** The same as notes for the person who has restored them. */
export function notesAboutFiles(notIncluded: readonly string[]): string[] {
  return aboutFiles(notIncluded).map((line) => `not in the backup: ${line}`);
}

/** Kept of no file: nothing here can read or write them. */
export const NEVER_PACKED = `${FILES_LINE}extended attributes and access control lists`;
