import type { JsonAnswer, JsonClient } from '../support/json-client';

/** A way in which a run changes the target, or only rehearses it. */
export interface RestoreModeUnderTest {
  readonly kind:
    | 'full restore'
    | 'online restore'
    | 'rollback'
    | 'restore in place'
    | 'scoped restore'
    | 'restore of tables'
    | 'rehearsal'
    | 'restore into a new database'
    | 'kept rehearsal'
    | 'promotion';
  readonly environment: Readonly<Record<string, string>>;
  /** Steps that act; what other modes do in the very same way is left to the full restore. */
  readonly steps: readonly string[];
  /** What is written into the journal, in order. */
  readonly phases: readonly string[];
  /** The old state is kept under a name of its own. */
  readonly isSwap: boolean;
  /** The application files stay what they are. */
  readonly leavesFiles?: true;
  /** The target stays what it is, also when it ends well. */
  readonly leavesTarget?: true;
  /**
   * @param subject a backup, or for a rollback the run that is undone
   * @param target name of the target database
   */
  begin(client: JsonClient, subject: number, target: string): Promise<JsonAnswer>;
}

const READING = ['load_artifact', 'open_file', 'decrypt_bscc', 'verify_checksums', 'read_manifest'];
const CLOSING = ['enter_maintenance', 'stop_background_jobs'];
const CHANGING = [...CLOSING, 'restore_database', 'verify_restored_data'];
const ENDING = ['swap_database', 'exit_maintenance', 'finish'];

export const FULL: RestoreModeUnderTest = {
  kind: 'full restore',
  environment: {},
  steps: [...READING, 'compatibility_check', ...CHANGING, 'run_migrations_if_needed', ...ENDING],
  phases: ['fencing', 'staging', 'swapping', 'swapped'],
  isSwap: true,
  begin: (client, backupId) => client.post(`/backups/${backupId}/restore`),
};

/** What it does from the exchange on is left to the full restore. */
export const ONLINE: RestoreModeUnderTest = {
  kind: 'online restore',
  environment: {},
  steps: ['restore_database', 'verify_restored_data', 'run_migrations_if_needed', ...CLOSING, 'swap_database'],
  phases: ['staging', 'fencing', 'swapping', 'swapped'],
  isSwap: true,
  begin: (client, backupId) => client.post(`/backups/${backupId}/restore`, { online: true }),
};

export const ROLLBACK: RestoreModeUnderTest = {
  kind: 'rollback',
  environment: {},
  steps: [...CLOSING, ...ENDING],
  phases: ['fencing', 'swapping', 'swapped'],
  isSwap: true,
  begin: (client, runId) => client.post(`/backups/restores/${runId}/rollback`),
};

export const IN_PLACE: RestoreModeUnderTest = {
  kind: 'restore in place',
  environment: { BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place' },
  steps: [...CHANGING, ...ENDING],
  phases: ['fencing', 'loading', 'committing', 'committed'],
  isSwap: false,
  begin: (client, backupId) => client.post(`/backups/${backupId}/restore`),
};

export const SCOPED: RestoreModeUnderTest = {
  kind: 'scoped restore',
  environment: {},
  steps: [...CHANGING, ...ENDING],
  phases: ['fencing', 'loading', 'committing', 'committed'],
  isSwap: false,
  begin: (client, backupId) =>
    client.post(`/backups/${backupId}/restore`, {
      scope: ['tasks', 'accounts'],
      skip_safety_backup_reason: 'only a test of this',
    }),
};

export const TABLES: RestoreModeUnderTest = {
  ...SCOPED,
  kind: 'restore of tables',
  begin: (client, backupId) =>
    client.post(`/backups/${backupId}/restore`, { tables: ['public.task*', 'public.users'] }),
};

export const REHEARSAL: RestoreModeUnderTest = {
  kind: 'rehearsal',
  environment: {},
  steps: ['restore_database', 'verify_restored_data', 'finish'],
  phases: ['loading'],
  isSwap: false,
  leavesTarget: true,
  begin: (client, backupId) => client.post(`/backups/${backupId}/restore/dry-run`, { mode: 'rehearse' }),
};

/** What the new database is called. */
export const copyOf = (target: string): string => `${target}_copy`;

export const INTO: RestoreModeUnderTest = {
  kind: 'restore into a new database',
  environment: {},
  steps: ['restore_database', 'verify_restored_data', 'name_database', 'finish'],
  phases: ['loading', 'naming'],
  isSwap: false,
  leavesTarget: true,
  begin: (client, backupId, target) => client.post(`/backups/${backupId}/restore`, { into: copyOf(target) }),
};

/** It is dropped, too, when the run does not come to its end. */
export const KEPT: RestoreModeUnderTest = {
  ...REHEARSAL,
  kind: 'kept rehearsal',
  begin: (client, backupId) =>
    client.post(`/backups/${backupId}/restore/dry-run`, { mode: 'rehearse', keep_hours: 24 }),
};

export const PROMOTION: RestoreModeUnderTest = {
  kind: 'promotion',
  environment: {},
  steps: [...CLOSING, ...ENDING],
  phases: ['fencing', 'swapping', 'swapped'],
  isSwap: true,
  leavesFiles: true,
  begin: (client, runId) => client.post(`/backups/restores/${runId}/promote`),
};
