import { copies } from '../../bytes/borrowed';
import { feedTool, toolOutput } from '../../process/run-tool';
import { ToolError } from '../../process/tool-error';
import type { DatabaseAddress } from '../../address/database-address';
import { toolEnvironment } from '../../address/write-address';
import { harmlessArchive } from '../archive/harmless-archive';
import { withConnection } from '../server/connection';
import { withAsynchronousCommits } from './asynchronous-commit';
import { readDumpSettings, readLoadSettings } from './load-settings';
import type { PostgresTools } from '../server/tools';

/** For a table that another session holds. */
const LOCK_WAIT_MS = 60_000;
/** What `pg_restore` says in the end when it has gone on after errors. */
const IGNORED = /errors ignored on restore: (\d+)/;

/**
 * Copies what there is in a database, without rows, into an empty one, as far as the role may make it. The copy is to be thrown away:
 * a server that fails may lose the last of it.
 *
 * @returns how many statements failed, or `undefined` when the database could not be dumped
 * @throws ToolError when the copy cannot be made at all, or the signal's reason
 */
export async function copyDefinitions(order: {
  readonly from: DatabaseAddress;
  readonly into: DatabaseAddress;
  readonly tools: PostgresTools;
  readonly signal: AbortSignal;
}): Promise<number | undefined> {
  const { from, into, tools, signal } = order;
  const settings = await withAsynchronousCommits(
    into,
    async (client, commits) => ({ ...(await readLoadSettings(client)), ...commits }),
    signal,
  );
  const dump = {
    command: tools.pgDump,
    args: ['--format=custom', '--compress=0', '--no-password', '--schema-only', `--lock-wait-timeout=${LOCK_WAIT_MS}`],
    env: toolEnvironment(from, await withConnection(from, readDumpSettings)),
    signal,
  };
  const load = {
    command: tools.pgRestore,
    // A bare name, never a connection string, which could carry settings.
    args: ['--format=custom', '--no-password', `--dbname=dbname='${into.database.replace(/['\\]/g, String.raw`\$&`)}'`],
    env: toolEnvironment(into, settings),
    signal,
  };
  try {
    await feedTool(load, harmlessArchive(copies(toolOutput(dump))));
    return 0;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ToolError)) throw error;
    const ignored = IGNORED.exec(error.stderrTail)?.[1];
    if (ignored !== undefined) return Number(ignored);
    if (error.tool === 'pg_dump') return undefined;
    throw error;
  }
}
