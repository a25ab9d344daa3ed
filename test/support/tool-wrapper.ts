import { access, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTools } from '../../src/engine/postgres/server/tools';
import { eventually } from './eventually';

/** The real `pg_dump` behind a script that holds it or cuts it off on command. */
export interface ToolWrapper {
  /** For `BERKUT_BACKUP_PGDUMP_BIN`. */
  readonly pgDumpBin: string;
  /** From now on each dump waits before its first byte, until {@link release}; rows are copied meanwhile. */
  hold(): Promise<void>;
  /** Resolves when a dump waits. */
  held(): Promise<void>;
  /** The same for each `pg_restore` that loads definitions. */
  holdRestore(): Promise<void>;
  /** Resolves when a `pg_restore` waits. */
  restoreHeld(): Promise<void>;
  release(): Promise<void>;
  /** From now on each dump is killed with SIGKILL after this many bytes. */
  killAfter(bytes: number): Promise<void>;
  /** From now on each `pg_restore` that loads definitions is killed with SIGKILL before it does. */
  killRestore(): Promise<void>;
  /** No more killing. */
  spare(): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a wrapper in a directory of its own. */
export async function wrapTools(): Promise<ToolWrapper> {
  const tools = await findTools({ serverVersionNum: 130_000 });
  const directory = await mkdtemp(join(tmpdir(), 'berkut-tools-'));
  const file = (name: string): string => join(directory, name);
  const script = `#!/bin/bash
case "$*" in
  *--snapshot=*)
    if [ -e ${file('hold')} ]; then
      : > ${file('held')}
      while [ -e ${file('hold')} ]; do sleep 0.05; done
    fi
    if [ -e ${file('kill')} ]; then
      ${tools.pgDump} "$@" | head -c "$(cat ${file('kill')})"
      kill -KILL $$
    fi ;;
esac
exec ${tools.pgDump} "$@"
`;
  await writeFile(file('pg_dump'), script, { mode: 0o755 });
  const restoreScript = `#!/bin/bash
case "$*" in
  *--dbname=*|*--section=pre-data*)
    if [ -e ${file('hold-restore')} ]; then
      : > ${file('held-restore')}
      while [ -e ${file('hold-restore')} ]; do sleep 0.05; done
    fi
    if [ -e ${file('kill-restore')} ]; then kill -KILL $$; fi ;;
esac
exec ${tools.pgRestore} "$@"
`;
  await writeFile(file('pg_restore'), restoreScript, { mode: 0o755 });
  await symlink(tools.psql, file('psql'));
  const exists = (name: string): Promise<boolean> =>
    access(file(name)).then(
      () => true,
      () => false,
    );
  const unset = (name: string): Promise<void> => rm(file(name), { force: true });
  return {
    pgDumpBin: file('pg_dump'),
    hold: () => writeFile(file('hold'), ''),
    held: () => eventually(() => exists('held')),
    async release() {
      for (const name of ['hold', 'held', 'hold-restore', 'held-restore']) await unset(name);
    },
    killAfter: (bytes) => writeFile(file('kill'), String(bytes)),
    killRestore: () => writeFile(file('kill-restore'), ''),
    async spare() {
      await unset('kill');
      await unset('kill-restore');
    },
    holdRestore: () => writeFile(file('hold-restore'), ''),
    restoreHeld: () => eventually(() => exists('held-restore')),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
