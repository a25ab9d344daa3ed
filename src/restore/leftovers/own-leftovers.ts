import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import pg from 'pg';
import type { DirectoryNames } from '../../engine/files/exchange-directories';
import type { AppConfig } from '../../kernel/config/config';
import { roleOwner } from '../record/journal';
import { commandFor, type LeftoverItem, nameOf } from './leftover';

type Own = Pick<AppConfig, 'target' | 'control' | 'filesPath' | 'restore'>;

const MOST_LINKS = 40;
const WHAT = { staging_database: 'restore', scratch_database: 'rehearsal', kept_database: 'before' } as const;

/**
 * Whether a run can have made what its row says. A row alone proves nothing: a writer to the control database could name the target in
 * it, or any directory, and have it removed. Names of runs are those of `run-names.ts`.
 */
export async function isOwnLeftover(item: LeftoverItem, runId: number, config: Own): Promise<boolean> {
  switch (item.kind) {
    case 'staging_database':
    case 'scratch_database':
    case 'kept_database':
      return isDatabaseOfRun(item.database, WHAT[item.kind], runId, config);
    case 'readers':
      return item.owner === roleOwner(runId) && isDatabaseOfRun(item.database, WHAT.scratch_database, runId, config);
    case 'roles':
      return item.owner === roleOwner(runId);
    case 'directory':
      return (await liveDirectories(config)).some((live) =>
        isBeside(item.path, live, new RegExp(`^\\.(?:restore|before)-${runId}(?:-\\d+)?$`)),
      );
    case 'files':
      return areOwnDirectories(item.names, config);
  }
}

/** What an administrator may type: of what no run has made only the entry is to be removed, in the control database. */
export async function helpFor(item: LeftoverItem, runId: number, config: Own): Promise<string> {
  if (await isOwnLeftover(item, runId, config)) return commandFor(item);
  const [kind, name] = [item.kind, nameOf(item)].map((text) => pg.escapeLiteral(text));
  return `DELETE FROM restore_leftovers WHERE run_id = ${runId} AND kind = ${kind ?? ''} AND name = ${name ?? ''};`;
}

/** Whether directories of a run lie where runs put them: beside the live one, under names of runs. */
export async function areOwnDirectories({ live, incoming, kept }: DirectoryNames, config: Own): Promise<boolean> {
  if (!(await liveDirectories(config)).includes(live)) return false;
  return (
    isBeside(incoming, live, /^\.(?:restore|before)-\d+(?:-\d+)?$/) && isBeside(kept, live, /^\.before-\d+(?:-\d+)?$/)
  );
}

function isDatabaseOfRun(name: string, what: string, runId: number, { target, control, restore }: Own): boolean {
  const inUse = [target.database, control.database, restore.maintenanceDatabase];
  return !inUse.includes(name) && new RegExp(`_${what}_${runId}(?:_\\d+)?$`).test(name);
}

/** The configured path, and where it leads to: also while the directory there is being exchanged, and the link leads nowhere. */
async function liveDirectories({ filesPath }: Own): Promise<string[]> {
  return filesPath === undefined ? [] : [filesPath, await placeOf(resolve(filesPath))];
}

async function placeOf(path: string, links = 0): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const link = links < MOST_LINKS ? await readlink(path).catch(() => undefined) : undefined;
  if (link !== undefined) return placeOf(resolve(dirname(path), link), links + 1);
  return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
}

function isBeside(path: string, live: string, ending: RegExp): boolean {
  return path.startsWith(live) && ending.test(path.slice(live.length));
}
