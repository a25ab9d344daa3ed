import type { RunStatus } from '../../backups/catalogue/backup.entity';
import type { RestoreMode } from './restore-mode';

/** Steps that read the container and the target's facts; a dry run ends after them. Order and names are the wire's. */
export const READING_STEPS = [
  'load_artifact',
  'open_file',
  'decrypt_bscc',
  'verify_checksums',
  'read_manifest',
  'compatibility_check',
] as const;

/** Steps of a real restore that come after the reading ones. */
const CHANGING_STEPS = [
  'enter_maintenance',
  'stop_background_jobs',
  'restore_database',
  'verify_restored_data',
  'run_migrations_if_needed',
  'swap_database',
  'exit_maintenance',
] as const;

export type StepName =
  (typeof READING_STEPS)[number] | (typeof CHANGING_STEPS)[number] | (typeof INTO_STEPS)[number] | 'finish';
type StepStatus = Extract<RunStatus, 'queued' | 'running' | 'success' | 'failed'> | 'skipped';

/** A step as it is stored and shown. */
export interface RestoreStep {
  name: StepName;
  status: StepStatus;
  started_at?: string;
  finished_at?: string;
  message_i18n_key: string;
  /** `error` is the one member the web UI shows: a safe sentence. */
  details?: Record<string, unknown>;
}

/** A line of a run's log; `message` is a dotted name, never free text. */
export interface RestoreLog {
  at: string;
  level: 'info' | 'error';
  message: string;
  details?: Record<string, unknown>;
}

/** The newest lines that are kept of a run's log. */
export const LOG_LINES = 400;

/** The web UI has no words for these; it shows the name of a step whose key is empty. */
const WITHOUT_KEY: ReadonlySet<StepName> = new Set(['verify_restored_data', 'swap_database', 'name_database']);

/** What a rehearsal does of the changing steps. */
const LOADING_STEPS = ['restore_database', 'verify_restored_data'] as const;

/** The steps of a restore that loads before it closes the target. */
const ONLINE_STEPS = [
  ...LOADING_STEPS,
  'run_migrations_if_needed',
  'enter_maintenance',
  'stop_background_jobs',
  'swap_database',
  'exit_maintenance',
] as const satisfies readonly (typeof CHANGING_STEPS)[number][];

/** The steps of a restore into a new database: the target stays open, and what it is. */
const INTO_STEPS = [...LOADING_STEPS, 'run_migrations_if_needed', 'name_database'] as const;

/** The steps of a rehearsal whose database is kept: it is what a restore would make. */
const KEPT_STEPS = [...LOADING_STEPS, 'run_migrations_if_needed'] as const;

/** The steps of a promotion: everything else was done by the rehearsal. */
const PROMOTION_STEPS = [
  'enter_maintenance',
  'stop_background_jobs',
  'swap_database',
  'exit_maintenance',
] as const satisfies readonly (typeof CHANGING_STEPS)[number][];

/** The steps of a new run, all queued, in the order in which they are done. */
export function initialSteps(mode: RestoreMode, how: 'online' | 'into' | 'kept' | 'usual' = 'usual'): RestoreStep[] {
  const acting = { online: ONLINE_STEPS, into: INTO_STEPS, kept: KEPT_STEPS, usual: stepsAfterReading(mode) }[how];
  const names: StepName[] = [...(mode === 'promote' ? [] : READING_STEPS), ...acting, 'finish'];
  return names.map((name) => ({
    name,
    status: 'queued',
    message_i18n_key: WITHOUT_KEY.has(name) ? '' : `backups.restore.step.${name}`,
  }));
}

function stepsAfterReading(mode: RestoreMode): readonly StepName[] {
  switch (mode) {
    case 'verify':
      return [];
    case 'rehearse':
      return LOADING_STEPS;
    case 'promote':
      return PROMOTION_STEPS;
    case 'restore':
    case 'rollback':
      return CHANGING_STEPS;
  }
}
