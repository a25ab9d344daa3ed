import { basename } from 'node:path';
import pg from 'pg';
import type { DirectoryNames } from '../../engine/files/exchange-directories';

/**
 * Something that a run has made and that is needed no longer. It is removed when the run has given the target back; what
 * cannot be removed then stays on a list and is tried again.
 */
export type LeftoverItem =
  | {
      readonly kind: 'staging_database' | 'scratch_database';
      readonly database: string;
      /** Unknown when the process died before it had the server's answer. */
      readonly oid?: string;
    }
  | {
      readonly kind: 'kept_database';
      readonly database: string;
      readonly oid: string;
      /** Without this database the kept copy is the only one, and stays. */
      readonly target: string;
    }
  | {
      /** The role through which readers got into the database of a rehearsal, and everything that they have by it. */
      readonly kind: 'readers';
      readonly role: string;
      readonly owner: string;
      readonly database: string;
      readonly oid?: string;
    }
  | { readonly kind: 'roles'; readonly roles: readonly string[]; readonly owner: string }
  | { readonly kind: 'directory'; readonly path: string }
  | {
      /** Directories that could not be exchanged, or put back, when the target was given back. */
      readonly kind: 'files';
      readonly names: DirectoryNames;
      readonly state: 'old' | 'new';
    };

export type LeftoverKind = LeftoverItem['kind'];

/** What it is called, short enough to be shown; of a directory never the path. */
export function nameOf(item: LeftoverItem): string {
  switch (item.kind) {
    case 'staging_database':
    case 'scratch_database':
    case 'kept_database':
      return item.database;
    case 'readers':
      return item.role;
    case 'roles':
      return item.roles.join(', ');
    case 'directory':
      return basename(item.path);
    case 'files':
      return basename(item.names.live);
  }
}

/** What an administrator may type when it does not go away without help. */
export function commandFor(item: LeftoverItem): string {
  switch (item.kind) {
    case 'staging_database':
    case 'scratch_database':
    case 'kept_database': {
      const name = pg.escapeIdentifier(item.database);
      return `ALTER DATABASE ${name} IS_TEMPLATE false; DROP DATABASE ${name} WITH (FORCE);`;
    }
    case 'readers':
      return `\\connect ${pg.escapeIdentifier(item.database)} \n DROP OWNED BY ${pg.escapeIdentifier(item.role)}; DROP ROLE ${pg.escapeIdentifier(item.role)};`;
    case 'roles':
      return `DROP ROLE ${item.roles.map((role) => pg.escapeIdentifier(role)).join(', ')};`;
    case 'directory':
      return `rm -r -- ${shellWord(basename(item.path))}`;
    case 'files':
      return filesCommand(item.names, item.state);
  }
}

function filesCommand({ live, incoming, kept }: DirectoryNames, state: 'old' | 'new'): string {
  const [old, wanted] = state === 'old' ? [incoming, kept] : [kept, incoming];
  const move = (from: string, to: string): string =>
    `mv -T -- ${[from, to].map((path) => shellWord(basename(path))).join(' ')}`;
  return `${move(live, old)}; ${move(wanted, live)}`;
}

function shellWord(word: string): string {
  return `'${word.replaceAll(`'`, `'\\''`)}'`;
}
