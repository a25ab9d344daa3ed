import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { BackupSource, RunStatus } from '../../backups/catalogue/backup.entity';
import type { RelationName } from '../../engine/postgres/server/relation-name';
import { bigintNumber } from '../../kernel/database/bigint-number';
import type { ErrorCode } from '../../kernel/errors/error-table';
import type { ProgressView } from '../../kernel/operations/progress-writer';
import type { EarlierCompatibility, KeptCompatibility } from './kept-compatibility';
import type { Journal } from './journal';
import type { RestoreLog, RestoreStep } from './restore-steps';
import type { RestoreMode } from './restore-mode';

/** One dry run or real restore, with its steps and its journal. */
@Entity('restore_runs')
@Index('restore_runs_newest', ['createdAt', 'id'])
@Index('restore_runs_one_real', ['dryRun'], { unique: true, where: "NOT dry_run AND status IN ('queued', 'running')" })
export class RestoreRunEntity {
  @PrimaryColumn({ type: 'bigint', transformer: bigintNumber })
  id!: number;

  @Column({ name: 'backup_id', type: 'bigint', transformer: bigintNumber })
  backupId!: number;

  /** Where its backup was made; kept here, because the backup may be removed before the run. */
  @Column({ name: 'backup_source', type: 'text', nullable: true })
  backupSource!: BackupSource | null;

  @Column({ type: 'text' })
  status!: RunStatus;

  @Column({ name: 'dry_run', type: 'boolean' })
  dryRun!: boolean;

  @Column({ type: 'text' })
  mode!: RestoreMode;

  /** For a rollback, the run whose old state comes back. */
  @Column({ name: 'rollback_of', type: 'bigint', nullable: true, transformer: bigintNumber })
  rollbackOf!: number | null;

  /** For a promotion, the rehearsal whose database takes the place of the target. */
  @Column({ name: 'promotion_of', type: 'bigint', nullable: true, transformer: bigintNumber })
  promotionOf!: number | null;

  /** For how long the database of a rehearsal is to be kept. */
  @Column({ name: 'keep_hours', type: 'integer', nullable: true })
  keepHours!: number | null;

  /** Until when it is kept; empty once it was promoted or given up. */
  @Column({ name: 'kept_until', type: 'timestamptz', nullable: true })
  keptUntil!: Date | null;

  /** Which scopes of the backup; without any, all of it. */
  @Column({ type: 'text', array: true, nullable: true })
  scope!: string[] | null;

  /** Which tables of the backup, when single ones are restored. */
  @Column({ type: 'jsonb', nullable: true })
  tables!: readonly RelationName[] | null;

  /** Why no backup of what is replaced was to be made first. */
  @Column({ name: 'skip_safety_reason', type: 'text', nullable: true })
  skipSafetyReason!: string | null;

  /** The backup is loaded while the target is open. */
  @Column({ name: 'online', type: 'boolean', default: false })
  isOnline!: boolean;

  /** The new database that it makes; then it leaves the target alone. */
  @Column({ name: 'into_database', type: 'text', nullable: true })
  into!: string | null;

  @Column({ type: 'text', nullable: true })
  strategy!: string | null;

  @Column({ name: 'requested_by', type: 'text' })
  requestedBy!: string;

  /** The replica that carries it out is to stop. */
  @Column({ name: 'cancel_requested', type: 'boolean', default: false })
  cancelRequested!: boolean;

  @Column({ type: 'jsonb' })
  steps!: RestoreStep[];

  @Column({ type: 'jsonb' })
  logs!: RestoreLog[];

  @Column({ type: 'jsonb', nullable: true })
  progress!: ProgressView | null;

  /** What the run is about to do to the target's server; from it and `pg_database` a dead run is finished or undone. */
  @Column({ type: 'jsonb', nullable: true })
  journal!: Journal | null;

  @Column({ type: 'jsonb', nullable: true })
  manifest!: object | null;

  @Column({ type: 'jsonb', nullable: true })
  compatibility!: KeptCompatibility | EarlierCompatibility | null;

  @Column({ name: 'size_bytes', type: 'bigint', nullable: true, transformer: bigintNumber })
  sizeBytes!: number | null;

  @Column({ type: 'text', nullable: true })
  filename!: string | null;

  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: ErrorCode | null;

  @Column({ name: 'rollback_until', type: 'timestamptz', nullable: true })
  rollbackUntil!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;
}
