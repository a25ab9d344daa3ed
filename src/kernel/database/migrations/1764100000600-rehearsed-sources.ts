import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the backup of a run was made. Of a backup that is gone it cannot be known; such a run counts as before. */
export class RehearsedSources1764100000600 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE restore_runs ADD COLUMN backup_source text`);
    await queryRunner.query(`
      UPDATE restore_runs
         SET backup_source = coalesce((SELECT source FROM backups WHERE backups.id = restore_runs.backup_id), 'local')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE restore_runs DROP COLUMN backup_source`);
  }
}
