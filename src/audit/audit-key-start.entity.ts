import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../kernel/database/bigint-number';

/** The first record that a configured signing key has signed. */
@Entity('audit_key_starts')
export class AuditKeyStartEntity {
  /** Tells keys apart; not secret. */
  @PrimaryColumn({ name: 'key_id', type: 'text' })
  keyId!: string;

  @Column({ type: 'bigint', transformer: bigintNumber })
  seq!: number;
}
