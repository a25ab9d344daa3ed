import type { RestoreRun as Run } from '../../api/types';
import { isKept } from './run-actions';
import { isRunOver } from './run';

/** How far a step before the restore is. */
export type Prepared = 'open' | 'running' | 'done' | 'failed';

/** What has been done with a backup before it is restored. */
export interface Preparation {
  readonly check: Prepared;
  /** The newest check, or the newest rehearsal that has ended where that is newer: it reads all that a check reads. */
  readonly checkRun?: Run;
  readonly rehearsal: Prepared;
  readonly rehearsalRun?: Run;
  /** A rehearsal whose database is still there to be compared and promoted. */
  readonly keptRun?: Run;
}

/** The steps before a restore, in the order in which one should do them. */
export type PreparationStep = 'check' | 'rehearse' | 'choose';

/**
 * What the runs of a backup say of the steps before its restore.
 *
 * @param runs of any backup, newest first
 */
export function preparationOf(backupId: number, runs: readonly Run[], nowMs: number): Preparation {
  const own = runs.filter(({ artifact_id: id, dry_run: isDry }) => id === backupId && isDry);
  const checkRun = own.find((run) => run.status !== 'canceled' && (run.mode === 'verify' || isRunOver(run)));
  const rehearsalRun = own.find(({ mode, status }) => mode === 'rehearse' && status !== 'canceled');
  const keptRun = own.find((run) => run.status === 'success' && isKept(run, nowMs));
  return {
    check: preparedBy(checkRun),
    rehearsal: preparedBy(rehearsalRun),
    ...(checkRun === undefined ? {} : { checkRun }),
    ...(rehearsalRun === undefined ? {} : { rehearsalRun }),
    ...(keptRun === undefined ? {} : { keptRun }),
  };
}

/** The step that should come next. None of them is a duty: in an emergency one restores at once. */
export function nextStep({ check, rehearsal }: Preparation): PreparationStep {
  if (rehearsal === 'running') return 'rehearse';
  if (check !== 'done') return 'check';
  return rehearsal === 'done' ? 'choose' : 'rehearse';
}

function preparedBy(run: Run | undefined): Prepared {
  if (run === undefined) return 'open';
  if (!isRunOver(run)) return 'running';
  return run.status === 'success' ? 'done' : 'failed';
}
