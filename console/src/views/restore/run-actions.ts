import { isRecord } from '../../api/narrow';
import type { RestoreRun as Run } from '../../api/types';
import type { May } from '../backups/backup-actions';
import { isRunOver } from './run';

/** What can be done with a run. */
export type RunAction = 'cancel' | 'rollback' | 'promote' | 'discard';

/** What this caller can do with this run now. Whatever is not in it would be refused, and is not shown. */
export function actionsOnRun(run: Run, may: May, nowMs: number): ReadonlySet<RunAction> {
  const actions = new Set<RunAction>();
  if (!may('backups.restore')) return actions;
  if (canBeCanceled(run)) actions.add('cancel');
  if (isAhead(run.rollback_until, nowMs) && run.status === 'success') actions.add('rollback');
  if (isKept(run, nowMs)) {
    actions.add('discard');
    // Files are not loaded by a rehearsal, so a promotion of a backup with files is refused.
    if (!hasFilesInManifest(run)) actions.add('promote');
  }
  return actions;
}

/** Whether the database of a rehearsal is still there. */
export function isKept(run: Pick<Run, 'scratch_database' | 'kept_until'>, nowMs: number): boolean {
  return run.scratch_database !== undefined && isAhead(run.kept_until, nowMs);
}

/** Dry runs and restores into a new database at any time; an online restore until it closes the target. */
function canBeCanceled(run: Run): boolean {
  if (isRunOver(run)) return false;
  if (run.dry_run || run.into !== undefined) return true;
  if (run.online !== true) return false;
  return run.steps.every(({ name, status }) => name !== 'enter_maintenance' || status === 'queued');
}

function isAhead(time: string | undefined, nowMs: number): boolean {
  return time !== undefined && Date.parse(time) > nowMs;
}

function hasFilesInManifest({ meta_json: { manifest } }: Run): boolean {
  return isRecord(manifest) && manifest['includes_files'] === true;
}
