import { isRecord } from '../../api/narrow';
import type { components } from '../../api/schema';
import type { RestoreRun as Run, RestoreStep as Step } from '../../api/types';

/** What the check before a restore found. */
export type Finding = components['schemas']['FindingDto'];
/** How the target is, or would be, replaced. */
export type Strategy = NonNullable<Run['strategy']>;

/** A run that will not change any more. */
export function isRunOver({ status }: Pick<Run, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

/** The kind of a run as it is called on the page. A rehearsal that keeps its database is one of its own. */
export type RunKind = Run['mode'] | 'into' | 'online';

export function kindOf({ mode, into, online }: Pick<Run, 'mode' | 'into' | 'online'>): RunKind {
  if (into !== undefined) return 'into';
  return mode === 'restore' && online === true ? 'online' : mode;
}

/** The step that a failed run failed in. */
export function failedStep({ steps }: Pick<Run, 'steps'>): Step | undefined {
  return steps.find(({ status }) => status === 'failed');
}

/** Seconds that a step took, or has taken so far. */
export function secondsOf({ started_at: start, finished_at: end }: Step, nowMs: number): number | undefined {
  if (start === undefined) return undefined;
  const until = end === undefined ? nowMs : Date.parse(end);
  return Math.max(0, (until - Date.parse(start)) / 1000);
}

/** The steps during which a restore keeps the application closed, but for moments. */
const LOADING: ReadonlySet<string> = new Set(['restore_database', 'verify_restored_data', 'run_migrations_if_needed']);

/** Seconds that loading took in a run that has ended: about as long as a restore keeps the application closed. */
export function loadSecondsOf({ steps }: Pick<Run, 'steps'>): number {
  return steps
    .filter(({ name }) => LOADING.has(name))
    .reduce((sum, step) => sum + (secondsOf(step, Date.now()) ?? 0), 0);
}

/** Whether a step was not needed. */
export function wasSkipped({ details }: Step): boolean {
  return details?.['skipped'] === true;
}

/** Number of the backup that was made of what a run in place, or of scopes, has replaced. It undoes the run. */
export function safetyBackupOf({ logs }: Pick<Run, 'logs'>): number | undefined {
  const id = logs.find(({ message }) => message === 'restore.safety_backup.made')?.details?.['backup_id'];
  return typeof id === 'number' ? id : undefined;
}

/** What the check found, problems first: of the run, or for a run that was stopped of its failed step. */
export function findingsOf(run: Pick<Run, 'meta_json' | 'steps'>): readonly Finding[] {
  const found = run.meta_json.compatibility?.findings ?? findingsIn(failedStep(run)?.details?.['findings']);
  const weight = ({ severity }: Finding): number => (severity === 'problem' ? 0 : 1);
  return found.toSorted((one, other) => weight(one) - weight(other));
}

function findingsIn(value: unknown): readonly Finding[] {
  return Array.isArray(value) ? value.filter(isFinding) : [];
}

function isFinding(value: unknown): value is Finding {
  return isRecord(value) && 'code' in value && 'severity' in value && 'message' in value;
}
