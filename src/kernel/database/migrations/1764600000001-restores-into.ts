import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which new database a restore makes, when it leaves the target alone. */
export class RestoresInto1764600000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE restore_runs ADD COLUMN into_database text');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE restore_runs DROP COLUMN into_database');
  }
}
