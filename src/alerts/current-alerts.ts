import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AlertEntity } from './alert.entity';

/** The alerts that are on. */
@Injectable()
export class CurrentAlerts {
  constructor(@InjectRepository(AlertEntity) private readonly alerts: Repository<AlertEntity>) {}

  /** Oldest first. */
  async list(): Promise<AlertEntity[]> {
    return this.alerts.find({ order: { since: 'ASC', name: 'ASC' } });
  }
}
