import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../../kernel/database/bigint-number';

/** What a caller's key has started: the same key means the same backup. */
@Entity('idempotency_keys')
export class IdempotencyKeyEntity {
  /** `sub` of the token. */
  @PrimaryColumn({ type: 'text' })
  caller!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  /** SHA-256 of what was asked for. */
  @Column({ name: 'request_hash', type: 'text' })
  requestHash!: string;

  @Column({ name: 'backup_id', type: 'bigint', transformer: bigintNumber })
  backupId!: number;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
