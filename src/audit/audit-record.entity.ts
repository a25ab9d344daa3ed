import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../kernel/database/bigint-number';
import type { AuditAction, AuditResult } from './audit-action';

/** One line of the audit log. The database refuses to change or remove it. */
@Entity('audit_records')
@Index('audit_records_at', ['at'])
export class AuditRecordEntity {
  /** 1, 2, 3, … without gaps. */
  @PrimaryColumn({ type: 'bigint', transformer: bigintNumber })
  seq!: number;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ name: 'actor_roles', type: 'text', array: true })
  actorRoles!: string[];

  @Column({ name: 'source_ip', type: 'text', nullable: true })
  sourceIp!: string | null;

  @Column({ name: 'request_id', type: 'text', nullable: true })
  requestId!: string | null;

  @Column({ type: 'text' })
  action!: AuditAction;

  @Column({ type: 'text' })
  result!: AuditResult;

  @Column({ type: 'text', nullable: true })
  resource!: string | null;

  @Column({ type: 'jsonb' })
  details!: object;

  @Column({ name: 'prev_hash', type: 'text' })
  prevHash!: string;

  @Column({ type: 'text' })
  hash!: string;

  @Column({ type: 'text' })
  signature!: string;
}
