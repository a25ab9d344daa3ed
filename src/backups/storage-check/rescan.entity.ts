import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Cause } from '../../kernel/errors/cause';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { ProgressView } from '../../kernel/operations/progress-writer';

/** A file that is not taken. */
interface UnreadableFile {
  filename: string;
  /** The further storage that has it; absent for the first one. */
  storage?: string;
  error_code: ErrorCode;
  /** In words, where the code does not say it: the name, the kind, or owner and mode. */
  reason?: string;
  /** What the system said; for those who may restore. */
  cause?: Cause;
}

/** What a look into one further storage has found so far. */
export interface FurtherResult {
  storage: string;
  /** Ids of the backups made from files that belonged to no backup. */
  adopted: number[];
  /** Ids of the backups that have a copy there of which nothing was known. */
  found: number[];
  /** Why the look has ended before its end. */
  error_code?: ErrorCode;
}

/** What a look into the files of the storages has found so far. */
export interface RescanResult {
  /** Ids of the backups made from files that belonged to no backup. */
  adopted: number[];
  /** Ids of the backups whose file is gone. */
  missing: number[];
  /** Ids of the backups whose file is sealed with another key than it was, and is the same otherwise. */
  rekeyed: number[];
  /** Files that belong to no backup and whose content equals the file of one. */
  copies: { filename: string; backup_id: number; storage?: string }[];
  /** Files that cannot be adopted, or are not what the catalogue says of them, with the reason. */
  unreadable: UnreadableFile[];
  /** What was found in each further storage; an earlier version did not look there. */
  storages?: FurtherResult[];
}

export const RESCAN_STATUSES = ['running', 'success', 'failed'] as const;

/** The latest rescan of the storage: one row for all replicas. */
@Entity('rescan')
@Check('rescan_id_check', '(id = 1)')
export class RescanEntity {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ type: 'text' })
  status!: (typeof RESCAN_STATUSES)[number];

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  @Column({ type: 'jsonb', nullable: true })
  progress!: ProgressView | null;

  @Column({ type: 'jsonb' })
  result!: RescanResult;

  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: ErrorCode | null;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
