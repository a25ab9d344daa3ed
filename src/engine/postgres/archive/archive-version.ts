import type { BackupIndex } from '../../container/read/backup-reader';
import { ToolError } from '../../process/tool-error';
import { type Finding, problem } from '../../findings/finding';
import { incompatible } from '../server/incompatible';
import type { RestoreError } from '../server/restore-error';
import { majorOf, type PostgresTools } from '../server/tools';

/** What `pg_restore` says of an archive of a newer format than it knows. */
const NEWER_FORMAT = /unsupported version \(\d+\.\d+\) in file header/;

/**
 * Refuses a backup that the tools here cannot read, with both versions: `pg_restore` itself only says that it cannot.
 *
 * @throws RestoreError `incompatible_version`
 */
export function refuseNewerArchive({ tools: { pg_dump: dumpedBy } }: BackupIndex, tools: PostgresTools): void {
  const there = Number.parseInt(dumpedBy, 10);
  if (!(majorOf(tools.versionNum) < there)) return;
  throw newerArchive(problem('tools.too_old', { tool: majorOf(tools.versionNum), dump: there }));
}

/** The error of a `pg_restore` that is too old, in words; any other error as it is. */
export function explainedToolError(error: unknown, tools: PostgresTools): unknown {
  if (!(error instanceof ToolError) || !NEWER_FORMAT.test(error.stderrTail)) return error;
  return newerArchive(problem('tools.archive_newer', { tool: majorOf(tools.versionNum) }));
}

function newerArchive(finding: Finding): RestoreError {
  return incompatible('This backup cannot be read here', [finding]);
}
