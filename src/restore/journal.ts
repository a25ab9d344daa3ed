/**
 * What a real restore is about to do, written before it is done. Where a dead run stood is told by the names that
 * `pg_database` shows, because the exchange of the databases is one transaction:
 *
 * | databases | what happened | recovery |
 * | --- | --- | --- |
 * | target | no staging yet, or none any more | open the target |
 * | target, staging | not exchanged | put back the files if they were exchanged, drop staging, open the target |
 * | target, kept | exchanged | finish |
 */
export interface Journal {
  phase: 'fencing' | 'staging' | 'swapping' | 'swapped';
  /** Name of the target database. */
  target: string;
  /** `scc_restore_<run id>` */
  staging: string;
  /** `scc_before_<run id>`: the old target, kept for a while. */
  kept: string;
  /** Directories of the application files, when the backup has any. */
  files?: { live: string; incoming: string; kept: string };
}

/** PostgreSQL cuts longer names, silently. */
const MAX_NAME_BYTES = 63;

/**
 * Names for one run.
 *
 * @param filesPath directory of application files, when the backup holds any
 */
export function journalFor(runId: number, target: string, filesPath: string | undefined): Journal {
  const name = (suffix: string): string => {
    let stem = target;
    while (Buffer.byteLength(stem + suffix) > MAX_NAME_BYTES) stem = stem.slice(0, -1);
    return stem + suffix;
  };
  return {
    phase: 'fencing',
    target,
    staging: name(`_restore_${runId}`),
    kept: name(`_before_${runId}`),
    ...(filesPath === undefined
      ? {}
      : {
          files: { live: filesPath, incoming: `${filesPath}.restore-${runId}`, kept: `${filesPath}.before-${runId}` },
        }),
  };
}
