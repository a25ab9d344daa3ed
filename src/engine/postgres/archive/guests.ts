import type { ArchiveEntry } from './archive-toc';

/** An object that is given to its owner, and where the owner needs a right for that; without a schema in the database itself. */
export interface Guest {
  /** The object's number in the archive. */
  readonly id: number;
  readonly owner: string;
  readonly schema: string | undefined;
}

/** Kinds whose owner has to have the right to make something in the database. */
const IN_DATABASE: ReadonlySet<string> = new Set(['PUBLICATION']);

/** @returns `undefined` for what needs no such right */
export function guestOf({ id, type, schema, owner, isGivenToOwner }: ArchiveEntry): Guest | undefined {
  if (!isGivenToOwner || (schema === '' && !IN_DATABASE.has(type))) return undefined;
  return { id, owner, schema: schema === '' ? undefined : schema };
}
