import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { withConnection } from '../../engine/postgres/connection';
import { Storage } from '../../engine/storage/storage';
import { Heartbeats } from './heartbeats';
import { TargetService } from '../target/target.service';

/** One thing the service needs, and whether it is there. */
export interface Check {
  readonly name: string;
  readonly isOk: boolean;
}

/** Asks everything the service depends on. */
@Injectable()
export class ReadinessService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly target: TargetService,
    private readonly storage: Storage,
    private readonly heartbeats: Heartbeats,
  ) {}

  /** Never rejects: what fails is the answer. The target's server counts, not the target: a restore closes that one. */
  async checks(): Promise<Check[]> {
    return Promise.all([
      check('control_database', () => this.dataSource.query('SELECT 1')),
      check('target_server', () =>
        withConnection(this.target.maintenanceAddress, (client) => client.query('SELECT 1')),
      ),
      check('storage', () => this.storage.freeBytes()),
      check('tools', () => this.target.findTools()),
      ...this.heartbeats.check().map(({ job, isAlive }) => Promise.resolve({ name: job, isOk: isAlive })),
    ]);
  }
}

async function check(name: string, ask: () => Promise<unknown>): Promise<Check> {
  try {
    await ask();
    return { name, isOk: true };
  } catch {
    return { name, isOk: false };
  }
}
