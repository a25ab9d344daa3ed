import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AuditEntry } from './audit.service';

/** A request that is changing something now and whose record is written when its outcome is known. */
@Entity('audit_intents')
export class AuditIntentEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'jsonb' })
  entry!: AuditEntry;

  /** HMAC of all of it; `null` in what an earlier version, or another program, has written. */
  @Column({ type: 'text', nullable: true })
  mac!: string | null;
}
