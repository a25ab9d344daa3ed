import type { BackupSource, RunStatus } from './backup.entity';

/** Orders of the list; a minus sign means descending, as in JSON:API. */
export const SORTS = ['-created_at', 'created_at', '-size_bytes', 'size_bytes'] as const;

/** Which backups are wanted, and in what order. */
export interface BackupList {
  readonly limit: number;
  readonly offset: number;
  readonly status?: RunStatus;
  readonly source?: BackupSource;
  /** Part of a label, a file name or a requester. */
  readonly q?: string;
  readonly sort: (typeof SORTS)[number];
}
