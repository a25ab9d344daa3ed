import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../../kernel/database/bigint-number';
import type { LeftoverItem, LeftoverKind } from './leftover';

/** What a run has left and what is still to be removed. */
@Entity('restore_leftovers')
export class LeftoverEntity {
  @PrimaryColumn({ name: 'run_id', type: 'bigint', transformer: bigintNumber })
  runId!: number;

  @PrimaryColumn({ type: 'text' })
  kind!: LeftoverKind;

  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb' })
  item!: LeftoverItem;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** What was in the way at the latest attempt, in words; safe to show. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ name: 'next_attempt_at', type: 'timestamptz' })
  nextAttemptAt!: Date;
}
