import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** What the latest look at the storage has found: one row for all replicas. */
@Entity('storage_check')
@Check('storage_check_id_check', '(id = 1)')
export class StorageCheckEntity {
  @PrimaryColumn({ type: 'integer' })
  id!: number;

  @Column({ name: 'checked_at', type: 'timestamptz' })
  checkedAt!: Date;

  /** Containers that belong to no backup. */
  @Column({ name: 'unknown_files', type: 'integer' })
  unknownFiles!: number;

  /** Backups whose file is gone, does not have its size, or is known to be damaged. */
  @Column({ name: 'missing_files', type: 'integer' })
  missingFiles!: number;
}
