import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AlertName } from './alert';

/** An alert that is on now. */
@Entity('alerts')
export class AlertEntity {
  @PrimaryColumn({ type: 'text' })
  name!: AlertName;

  @Column({ type: 'text' })
  message!: string;

  /** What the server, a program or the system said; shown to those who may restore. */
  @Column({ type: 'text', nullable: true })
  cause!: string | null;

  @Column({ type: 'timestamptz' })
  since!: Date;
}
