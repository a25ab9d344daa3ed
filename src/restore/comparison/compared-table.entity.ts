import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TableComparison, TableProblem } from '../../engine/postgres/compare/compare-databases';
import type { RowComparison } from '../../engine/postgres/compare/compare-rows';
import { bigintNumber } from '../../kernel/database/bigint-number';

/** Numbers of rows, without the keys of those that differ. */
export type RowCounts = Partial<Omit<RowComparison, 'keys'>>;

/** One table of a comparison. */
@Entity('rehearsal_comparison_tables')
export class ComparedTableEntity {
  @PrimaryColumn({ name: 'run_id', type: 'bigint', transformer: bigintNumber })
  runId!: number;

  @PrimaryColumn({ type: 'text' })
  schema!: string;

  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ name: 'is_in', type: 'text' })
  isIn!: TableComparison['isIn'];

  /** Rows differ, or could not be compared. */
  @Column({ name: 'is_different', type: 'boolean' })
  isDifferent!: boolean;

  @Column({ type: 'jsonb' })
  counts!: RowCounts;

  @Column({ type: 'jsonb', nullable: true })
  problem!: TableProblem | null;

  /** Keys of rows that differ. They are values of the target, which the control database has only sealed. */
  @Column({ name: 'sealed_keys', type: 'bytea', nullable: true })
  sealedKeys!: Buffer | null;
}
