import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../kernel/database/bigint-number';

/**
 * Where the backup of a due time stands. `waiting`: for its next attempt; `reserved`: it has an id, its row may not be
 * there yet; `started`: it is queued or running; the others are final.
 */
export type DueRunState = 'waiting' | 'reserved' | 'started' | 'success' | 'canceled' | 'given_up';

/** A due time of the plan. The time is the key, so that on any number of replicas it is served once. */
@Entity('due_runs')
export class DueRunEntity {
  @PrimaryColumn({ name: 'due_at', type: 'timestamptz' })
  dueAt!: Date;

  @Column({ type: 'text' })
  state!: DueRunState;

  /** Backups begun for it so far. */
  @Column({ type: 'integer' })
  attempts!: number;

  /** Of the latest attempt. */
  @Column({ name: 'backup_id', type: 'bigint', nullable: true, transformer: bigintNumber })
  backupId!: number | null;

  @Column({ name: 'next_attempt_at', type: 'timestamptz' })
  nextAttemptAt!: Date;
}
