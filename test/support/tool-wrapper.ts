import { access, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTools } from '../../src/engine/postgres/tools';
import { eventually } from './eventually';

/** The real `pg_dump` behind a script that holds it or cuts it off on command. */
export interface ToolWrapper {
  /** For `BERKUT_BACKUP_PGDUMP_BIN`. */
  readonly pgDumpBin: string;
  /** From now on each dump of data waits before its first byte, until {@link release}. */
  hold(): Promise<void>;
  /** Resolves when a dump waits. */
  held(): Promise<void>;
  release(): Promise<void>;
  /** From now on each dump of data is killed with SIGKILL after this many bytes. */
  killAfter(bytes: number): Promise<void>;
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
  *--section=data*)
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
  await symlink(tools.pgRestore, file('pg_restore'));
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
      await unset('hold');
      await unset('held');
    },
    killAfter: (bytes) => writeFile(file('kill'), String(bytes)),
    spare: () => unset('kill'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
