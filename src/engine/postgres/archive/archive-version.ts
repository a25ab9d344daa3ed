import type { BackupIndex } from '../../container/read/backup-reader';
import { ToolError } from '../../process/tool-error';
import { RestoreError } from '../server/restore-error';
import type { PostgresTools } from '../server/tools';

/** What `pg_restore` says of an archive of a newer format than it knows. */
const NEWER_FORMAT = /unsupported version \(\d+\.\d+\) in file header/;

/**
 * Refuses a backup that the tools here cannot read, with both versions: `pg_restore` itself only says that it cannot.
 *
 * @throws RestoreError `incompatible_version`
 */
export function refuseNewerArchive({ tools: { pg_dump: dumpedBy } }: BackupIndex, tools: PostgresTools): void {
  const there = Number.parseInt(dumpedBy, 10);
  if (!(majorOf(tools) < there)) return;
  throw newerArchive(`the pg_dump ${there} that made the backup`, tools, there);
}

/** The error of a `pg_restore` that is too old, in words; any other error as it is. */
export function explainedToolError(error: unknown, tools: PostgresTools): unknown {
  if (!(error instanceof ToolError) || !NEWER_FORMAT.test(error.stderrTail)) return error;
  return newerArchive('the pg_dump that made the backup', tools);
}

function newerArchive(maker: string, tools: PostgresTools, major?: number): RestoreError {
  const what = major === undefined ? 'newer client tools' : `postgresql-client-${major}`;
  const problem = `pg_restore ${majorOf(tools)} is older than ${maker}: install ${what}`;
  return new RestoreError('incompatible_version', `This backup cannot be read here: ${problem}.`, {
    problems: [problem],
  });
}

function majorOf({ versionNum }: PostgresTools): number {
  return Math.floor(versionNum / 10_000);
}
