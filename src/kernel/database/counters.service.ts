import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Numbers in the control database that only grow, for all replicas together. */
@Injectable()
export class Counters {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws the driver's error */
  async countUp(name: 'ticks' | 'tick_errors'): Promise<void> {
    await this.dataSource.query(`SELECT count_up($1, '', 1)`, [name]);
  }
}
