import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ErrorCode } from '../../kernel/errors/error-table';

/** A further storage that is away. Until the pause is over, no replica copies to it. */
@Entity('storage_pauses')
export class StoragePauseEntity {
  /** Name of the storage in the configuration. */
  @PrimaryColumn({ type: 'text' })
  storage!: string;

  /** Identity of the place that is away. */
  @Column({ type: 'text' })
  place!: string;

  @Column({ name: 'error_code', type: 'text' })
  errorCode!: ErrorCode;

  /** How often it was asked in vain. */
  @Column({ type: 'integer' })
  attempts!: number;

  /** When it was first found to be away. */
  @Column({ type: 'timestamptz' })
  since!: Date;

  /** When it is asked again. */
  @Column({ type: 'timestamptz' })
  until!: Date;
}
