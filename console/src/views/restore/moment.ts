import type { RestoreRun as Run, RestoreStep as Step } from '../../api/types';
import { isRunOver } from './run';

/**
 * What is true of the target and its users at this moment of a run. Each has one sentence on the page:
 *
 * - `waiting`: nothing has begun
 * - `untouched`: a dry run, or a restore into a new database; the target is not touched at all
 * - `reading`: the backup is read and checked; the target is open and as it was
 * - `loading_beside`: an online restore loads; the target is open, and what is written to it goes into the kept copy
 * - `closed`: maintenance; every other page and program is answered 503
 * - `undoing`: a step has failed; the target is given back as it was
 * - `finishing`: the target is open again, and the last step is under way
 * - `done`, `failed`, `canceled`: it is over
 */
export type Moment =
  | 'waiting'
  | 'untouched'
  | 'reading'
  | 'loading_beside'
  | 'closed'
  | 'undoing'
  | 'finishing'
  | 'done'
  | 'failed'
  | 'canceled';

/** The moment of a run. It follows from the steps alone, so a page that was just loaded says the same as one that watched. */
export function momentOf(run: Pick<Run, 'status' | 'steps' | 'dry_run' | 'into' | 'online'>): Moment {
  if (isRunOver(run)) return run.status === 'success' ? 'done' : run.status === 'canceled' ? 'canceled' : 'failed';
  if (run.status === 'queued') return 'waiting';
  if (run.steps.some(({ status }) => status === 'failed')) return 'undoing';
  if (run.dry_run || run.into !== undefined) return 'untouched';
  if (hasBegun(run.steps, 'exit_maintenance', 'success')) return 'finishing';
  if (hasBegun(run.steps, 'enter_maintenance')) return 'closed';
  return run.online === true && hasBegun(run.steps, 'restore_database') ? 'loading_beside' : 'reading';
}

function hasBegun(steps: readonly Step[], name: string, ...as: readonly Step['status'][]): boolean {
  const status = steps.find((step) => step.name === name)?.status;
  if (status === undefined) return false;
  return as.length > 0 ? as.includes(status) : status !== 'queued';
}
