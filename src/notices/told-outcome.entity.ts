import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../kernel/database/bigint-number';
import type { OutcomeName } from '../alerts/alert';

/** Something that the service has done and that has been told; the row goes with that of the backup or the run. */
@Entity('told_outcomes')
export class ToldOutcomeEntity {
  @PrimaryColumn({ type: 'text' })
  outcome!: OutcomeName;

  /** Of the backup, or of the run of a restore test. */
  @PrimaryColumn({ type: 'bigint', transformer: bigintNumber })
  id!: number;

  @PrimaryColumn({ type: 'text' })
  state!: 'started' | 'succeeded' | 'failed';

  @Column({ type: 'timestamptz' })
  at!: Date;
}
