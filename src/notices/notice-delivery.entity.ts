import { Column, Entity, Generated, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../kernel/database/bigint-number';
import type { Notice } from '../alerts/alert';

/** A notice that has still to reach one channel; the row is deleted when it has, or when it is given up. */
@Entity('notice_deliveries')
export class NoticeDeliveryEntity {
  /** Of the notice. */
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @PrimaryColumn({ type: 'text' })
  channel!: string;

  /** In the order in which they have come up. */
  @Column({ type: 'bigint', transformer: bigintNumber })
  @Generated('increment')
  seq!: number;

  @Column({ type: 'jsonb' })
  notice!: Notice;

  @Column({ type: 'integer' })
  attempts!: number;

  @Column({ name: 'next_attempt_at', type: 'timestamptz' })
  nextAttemptAt!: Date;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
