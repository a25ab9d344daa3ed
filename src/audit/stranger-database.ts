import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppConfig } from '../kernel/config/config';
import { controlDataSourceOptions } from '../kernel/database/control-database';
import { AuditRecordEntity } from './audit-record.entity';

/** A connection that only the records of strangers use: however many come, callers wait for none of them. */
@Injectable()
export class StrangerDatabase implements OnApplicationShutdown {
  private opening: Promise<DataSource> | undefined;

  constructor(private readonly config: AppConfig) {}

  /** Opens it when it is needed for the first time. */
  async open(): Promise<DataSource> {
    this.opening ??= this.connect().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  async onApplicationShutdown(): Promise<void> {
    const dataSource = await this.opening?.catch(() => undefined);
    await dataSource?.destroy();
  }

  private connect(): Promise<DataSource> {
    const options = controlDataSourceOptions(this.config.control, { connections: 1 });
    return new DataSource({ ...options, migrations: [], entities: [AuditRecordEntity] }).initialize();
  }
}
