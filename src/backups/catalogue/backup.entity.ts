import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../../kernel/database/bigint-number';
import type { Cause } from '../../kernel/errors/cause';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { ProgressView } from '../../kernel/operations/progress-writer';
import type { BackupMeta } from './backup-meta';

export const BACKUP_SOURCES = ['local', 'imported'] as const;
export const BACKUP_TRIGGERS = ['manual', 'scheduled', 'safety', 'import'] as const;
export const RUN_STATUSES = ['queued', 'running', 'success', 'failed', 'canceled'] as const;
export type BackupSource = (typeof BACKUP_SOURCES)[number];
export type BackupTrigger = (typeof BACKUP_TRIGGERS)[number];
/** Who has a backup removed: a caller, or retention. */
export type RemovedBy = 'caller' | 'retention';
export type RunStatus = (typeof RUN_STATUSES)[number];
/** What became of the file of a backup that was made well: it is gone, has another size, or has its size and other bytes. */
export type FileFault = 'missing' | 'changed' | 'damaged';
/** Retention removes the file from one storage, or has; another one keeps it. */
export type FileExpiry = 'removing' | 'expired';

/** A backup: the row, and once it is a success the container it describes. */
@Entity('backups')
@Index('backups_storage_name', ['storageName'], { unique: true })
@Index('backups_checksum', ['checksum'])
@Index('backups_verified', ['verifiedAt'], { where: 'verified_at IS NOT NULL' })
@Index('backups_newest', ['createdAt', 'id'])
@Index('backups_waiting', ['id'], { where: "status IN ('queued', 'running')" })
export class BackupEntity {
  @PrimaryColumn({ type: 'bigint', transformer: bigintNumber })
  id!: number;

  @Column({ type: 'text' })
  source!: BackupSource;

  @Column({ type: 'text' })
  trigger!: BackupTrigger;

  @Column({ type: 'text' })
  status!: RunStatus;

  @Column({ type: 'text', nullable: true })
  label!: string | null;

  /** `["ALL"]` or sorted scope names. */
  @Column({ type: 'text', array: true })
  scope!: string[];

  @Column({ name: 'include_files', type: 'boolean' })
  includeFiles!: boolean;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  /** Name of the container in the storage; never a path. Set before the first byte is written. */
  @Column({ name: 'storage_name', type: 'text', nullable: true })
  storageName!: string | null;

  @Column({ name: 'origin_filename', type: 'text', nullable: true })
  originFilename!: string | null;

  @Column({ name: 'size_bytes', type: 'bigint', nullable: true, transformer: bigintNumber })
  sizeBytes!: number | null;

  /** SHA-256 of the whole container, lower-case hex. */
  @Column({ type: 'text', nullable: true })
  checksum!: string | null;

  /** State of the file, in the storage's words, in which it was last known to have its checksum. */
  @Column({ name: 'file_version', type: 'text', nullable: true })
  fileVersion!: string | null;

  @Column({ name: 'key_id', type: 'text', nullable: true })
  keyId!: string | null;

  /** Why it failed. */
  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: ErrorCode | null;

  /** What is wrong with the file of a success, as of the latest look at it; `null` when nothing is. */
  @Column({ name: 'file_fault', type: 'text', nullable: true })
  fileFault!: FileFault | null;

  /**
   * State of the file in which it was read in full and did not have its checksum; empty when it could not be read to its end. `null`
   * again once it has been read and has it, or was replaced: a look at its size alone does not say that.
   */
  @Column({ name: 'damaged_version', type: 'text', nullable: true })
  damagedVersion!: string | null;

  /** When the file was last read in full to compare its bytes. */
  @Column({ name: 'file_read_at', type: 'timestamptz', nullable: true })
  fileReadAt!: Date | null;

  /** Why the first storage did not take it: it was written to a further one. `null` once the first one has it, too. */
  @Column({ name: 'first_error', type: 'text', nullable: true })
  firstError!: ErrorCode | null;

  /** Retention takes its file from the first storage, or has: a further one keeps it. */
  @Column({ name: 'first_expiry', type: 'text', nullable: true })
  firstExpiry!: FileExpiry | null;

  /** What the server, a program or the system said when it failed. */
  @Column({ name: 'error_cause', type: 'jsonb', nullable: true })
  errorCause!: Cause | null;

  @Column({ type: 'boolean', default: false })
  pinned!: boolean;

  /** The replica that makes it is to stop. */
  @Column({ name: 'cancel_requested', type: 'boolean', default: false })
  cancelRequested!: boolean;

  /** It is being removed, and is hidden. */
  @Column({ type: 'text', nullable: true })
  removing!: RemovedBy | null;

  /** What it seems to have lost since an earlier one, in words; empty when nothing, `null` until it has been checked. */
  @Column({ type: 'text', nullable: true })
  suspicion!: string | null;

  @Column({ name: 'verified_at', type: 'timestamptz', nullable: true })
  verifiedAt!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  progress!: ProgressView | null;

  @Column({ type: 'jsonb', nullable: true })
  meta!: BackupMeta | null;

  /** Of all tables in it, as its description says; there so that it need not be read for each of many backups. */
  @Column({ name: 'row_count', type: 'bigint', nullable: true, transformer: bigintNumber })
  rowCount!: number | null;

  /** Newest record of the audit log when it was begun. Not known for a backup that was made elsewhere. */
  @Column({ name: 'audit_head', type: 'jsonb', nullable: true })
  auditHead!: { seq: number; hash: string } | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
