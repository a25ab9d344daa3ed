import type { GateRule } from '../support/step-gate';

/** A moment of a run: something is about to be recorded. */
export interface KillPoint {
  readonly name: string;
  readonly rule: GateRule;
  /** Killed with the record never written, or written and nothing done after it. */
  readonly when: 'before' | 'after';
}

const restoreRun = (condition: string): GateRule => ({ table: 'restore_runs', on: 'UPDATE', condition });
const has = (row: 'old' | 'new', step: string, status: string): string =>
  `${row}.steps @> '[{"name": "${step}", "status": "${status}"}]'`;

/** Killed when a step is recorded as running and nothing of it is done. */
export function beginOf(step: string): KillPoint {
  const condition = `NOT ${has('old', step, 'running')} AND ${has('new', step, 'running')}`;
  return { name: `before it does ${step}`, rule: restoreRun(condition), when: 'after' };
}

/** Killed when a step is done and its end is not recorded. */
export function endOf(step: string): KillPoint {
  const condition = `${has('old', step, 'running')} AND ${has('new', step, 'success')}`;
  return { name: `after it has done ${step}`, rule: restoreRun(condition), when: 'before' };
}

const entry = (phase: string): GateRule =>
  restoreRun(`new.journal ->> 'phase' = '${phase}' AND old.journal ->> 'phase' IS DISTINCT FROM '${phase}'`);

/** Killed when all is done up to a journal entry, which is not written. */
export function beforeEntry(phase: string): KillPoint {
  return { name: `before it writes ${phase} into its journal`, rule: entry(phase), when: 'before' };
}

/** Killed when a journal entry is written and what it announces is not begun. */
export function afterEntry(phase: string): KillPoint {
  return { name: `after it has written ${phase} into its journal`, rule: entry(phase), when: 'after' };
}

/** Killed when everything is done and the run has not ended. */
export const BEFORE_THE_END: KillPoint = {
  name: 'before it writes that it is a success',
  rule: restoreRun(`old.status = 'running' AND new.status = 'success'`),
  when: 'before',
};
