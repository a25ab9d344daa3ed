import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../kernel/database/bigint-number';

/** The switch, one row for all replicas: on while `restoreId` is set. */
@Entity('maintenance')
@Check('maintenance_id_check', '(id = 1)')
export class MaintenanceEntity {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ name: 'restore_id', type: 'bigint', nullable: true, transformer: bigintNumber })
  restoreId!: number | null;

  @Column({ type: 'timestamptz', nullable: true })
  since!: Date | null;
}
