import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DefinitionDifference } from '../../engine/postgres/compare/definitions';
import { bigintNumber } from '../../kernel/database/bigint-number';
import type { ErrorCode } from '../../kernel/errors/error-table';

export const COMPARISON_STATUSES = ['running', 'success', 'failed'] as const;
export type ComparisonStatus = (typeof COMPARISON_STATUSES)[number];

/** The comparison of the database that a rehearsal has kept with the target. */
@Entity('rehearsal_comparisons')
export class ComparisonEntity {
  @PrimaryColumn({ name: 'run_id', type: 'bigint', transformer: bigintNumber })
  runId!: number;

  @Column({ type: 'text' })
  status!: ComparisonStatus;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  /** How many tables both databases have together; 0 until it is known. */
  @Column({ name: 'table_count', type: 'integer', default: 0 })
  tableCount!: number;

  @Column({ type: 'jsonb', default: [] })
  definitions!: readonly DefinitionDifference[];

  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: ErrorCode | null;
}
