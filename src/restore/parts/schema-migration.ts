import { Injectable } from '@nestjs/common';
import { withDatabase } from '../../engine/address/database-address';
import { runMigrations } from '../../engine/postgres/load/run-migrations';
import { AppConfig } from '../../kernel/config/config';
import { TargetService } from '../../kernel/target/target.service';
import type { RunRecorder } from '../record/run-recorder';

/** The step that migrates a loaded database whose backup is older than the target. */
@Injectable()
export class SchemaMigration {
  constructor(
    private readonly config: AppConfig,
    private readonly target: TargetService,
  ) {}

  /** @param database the loaded one */
  async run(recorder: RunRecorder, isOlder: boolean, database: string, signal: AbortSignal): Promise<void> {
    const { migrateCommand } = this.config;
    if (!isOlder || migrateCommand === undefined) {
      await recorder.skip('run_migrations_if_needed', isOlder ? 'no command configured' : 'not needed');
      return;
    }
    await recorder.step('run_migrations_if_needed', () =>
      runMigrations(migrateCommand, withDatabase(this.target.address, database), signal),
    );
  }
}
