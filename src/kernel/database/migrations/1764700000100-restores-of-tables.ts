import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which tables a run restores, when it restores single ones. */
export class RestoresOfTables1764700000100 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE restore_runs ADD COLUMN tables jsonb');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE restore_runs DROP COLUMN tables');
  }
}
