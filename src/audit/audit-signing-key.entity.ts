import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key that has signed records of the audit log. Only the key ring of the backups opens it. */
@Entity('audit_signing_keys')
export class AuditSigningKeyEntity {
  /** Tells keys apart; not secret. */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  /** Id of the operator's key. */
  @Column({ name: 'sealed_by', type: 'text' })
  sealedBy!: string;

  @Column({ type: 'bytea' })
  sealed!: Buffer;
}
