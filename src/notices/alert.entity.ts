import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AlertName } from './alert';

/** An alert that is on now. */
@Entity('alerts')
export class AlertEntity {
  @PrimaryColumn({ type: 'text' })
  name!: AlertName;

  @Column({ type: 'text' })
  message!: string;

  @Column({ type: 'timestamptz' })
  since!: Date;
}
